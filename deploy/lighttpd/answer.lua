-- answer.lua -- What lighttpd's own answers lack, added as they leave.
--
-- Every answer names its request: the programs see to theirs, this to files
-- and errors.  And who meets a part that is down is told when to come back, who
-- asks /ws for a page how it wants to be asked (see upgrade.lua).
local headers = lighty.r.resp_header

if not headers["X-Request-Id"] then
	local id = lighty.r.req_header["X-Request-Id"]
	if not id or #id > 64 or not id:find("^[%w_.-]+$") then
		id = string.format("%08x%08x", lighty.c.rand() & 0xffffffff,
		    lighty.c.rand() & 0xffffffff)
	end
	headers["X-Request-Id"] = id
end

local status = lighty.r.req_item["http_status"]
if status == 503 or status == 502 or status == 504 then
	headers["Retry-After"] = headers["Retry-After"] or "1"
end
if status == 426 then
	headers["Upgrade"] = "websocket"
elseif status == 405 and lighty.r.req_attr["uri.path"] == "/ws" then
	headers["Allow"] = "GET"
end
return 0
