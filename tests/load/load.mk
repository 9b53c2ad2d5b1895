# load.mk -- The load generator and the reference programs of `make bench`.

LOAD	 = $(addprefix $(BUILD)/tests/load/,load hello commits)

$(BUILD)/tests/load/load: $(call objects,tests/load/*.c)
$(BUILD)/tests/load/hello: $(call objects,tests/load/reference/hello.c)
$(BUILD)/tests/load/commits: $(call objects,tests/load/reference/commits.c)
$(LOAD):
	@mkdir -p $(@D)
	$(CC) $(LINK) -o $@ $^ $(if $(filter %hello,$@),-lfcgi) \
	    $(if $(filter %commits,$@),-lmariadb)
