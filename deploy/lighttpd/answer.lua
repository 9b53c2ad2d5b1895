-- answer.lua -- What lighttpd's own answers lack, added as they leave.
--
-- Every answer names its request: the programs see to theirs, this to files
-- and errors.  And who meets a part that is down is told when to come back, who
-- asks /ws for a page how it wants to be asked (see upgrade.lua), as is who
-- wants something else of a file than to read it (files.lua).
local headers = lighty.r.resp_header
local status = lighty.r.req_item["http_status"]
local target = lighty.r.req_attr["request.uri"] or ""

-- What ends in a token (the first administrator's, a group's, somebody's own
-- link) is a secret, and the access log is written after this.
local place = target:gsub("^/api/v1", ""):match("^/%a+/") or ""
if place == "/setup/" or place == "/join/" or place == "/add/" then
	lighty.r.req_attr["request.uri"] = place .. "-"
end

-- Nearly every answer is a program's, and good.
if status < 400 and headers["X-Request-Id"] then return 0 end

-- What is wrong before lighttpd has looked at the address (no length, no host,
-- too long a head, a method nobody knows) gets the page for people, wherever it
-- was meant for.  A program gets the problem that stands beside it, and so does
-- whoever sent what holds no address at all: no browser does.
-- Its status is returned at the end: that is what ends the answer.
local answer = 0
local function answer_from(kind, media)
	local file = io.open(os.getenv("PARLEY_BUILD") .. "/errors/" .. kind ..
	    "-" .. status .. ".html")
	if not file then return end
	answer = status
	local text = file:read("a")
	file:close()
	lighty.r.resp_body:set({ text })
	headers["Content-Type"] = media
end

-- As lighttpd.conf has it for the errors it looks up itself.
local calls = { ["/ws"] = 1, ["/healthz"] = 1, ["/readyz"] = 1,
    ["/metrics"] = 1 }
local is_call = target == "" or target:find("^/api/") or
    calls[target:match("^[^?]*")]
-- A worker that dies with a request in hand, or hangs, is a part that is down:
-- to try again is right, and lighttpd's 500 would say that it is not; 502 and
-- 504 are nothing that clients are told to expect.  A program's own 500 names
-- its request.
local is_down = (status == 500 or status == 502 or status == 504) and
    not headers["X-Request-Id"]
if is_down then status = 503 end

if status >= 400 and is_call and
    (is_down or not (headers["Content-Type"] or ""):find("json")) then
	answer_from("problem", "application/problem+json")
elseif is_down then
	answer_from("page", "text/html; charset=utf-8")
end

if not headers["X-Request-Id"] then
	local id = lighty.r.req_header["X-Request-Id"]
	if not id or #id > 64 or not id:find("^[%w_.-]+$") then
		id = string.format("%08x%08x", lighty.c.rand() & 0xffffffff,
		    lighty.c.rand() & 0xffffffff)
	end
	headers["X-Request-Id"] = id
end

if status == 503 then
	headers["Retry-After"] = headers["Retry-After"] or "1"
end
if status == 426 then
	headers["Upgrade"] = "websocket"
	headers["Sec-WebSocket-Version"] = "13"
elseif status == 405 and not headers["Allow"] then
	headers["Allow"] = lighty.r.req_attr["uri.path"] == "/ws" and "GET" or
	    "GET, HEAD, OPTIONS"
end
-- A file may be kept for a year, but not that there is none: the next look may
-- find it, on a node that was upgraded meanwhile.
if status >= 400 then headers["Cache-Control"] = "no-store" end
return answer
