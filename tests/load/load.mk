# load.mk -- The load generator and the reference programs of `make bench`.

LOAD	 = $(addprefix $(BUILD)/tests/load/,load hello commits fanout)

$(BUILD)/tests/load/load: $(call objects,tests/load/*.c)
$(BUILD)/tests/load/hello: $(call objects,tests/load/reference/hello.c)
$(BUILD)/tests/load/commits: $(call objects,tests/load/reference/commits.c)
$(BUILD)/tests/load/fanout: $(call objects,tests/load/hub/fanout.c) \
    $(CONTEXT) $(WEB) $(DATA) $(BASE)
$(LOAD):
	@mkdir -p $(@D)
	@$(if $(V),,echo "  link $@")
	$(Q)$(CC) $(LINK) -o $@ $(filter %.o,$^) $(if $(filter %hello,$@),-lfcgi) \
	    $(if $(filter %commits,$@),-lmariadb) \
	    $(if $(filter %fanout,$@),$(LIBS))
