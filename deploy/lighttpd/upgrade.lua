-- upgrade.lua -- What /ws answers to a request that is no WebSocket's opening.
--
-- websocketd would say 404 or 400 in words of its own; a client is told what it
-- should have asked (RFC 6455 4.2.1), in the form of every other problem.
local request = lighty.r.req_header

if lighty.r.req_attr["request.method"] ~= "GET" then
	return 405
end
if (request["Upgrade"] or ""):lower() ~= "websocket" then
	return 426
end
if request["Sec-WebSocket-Version"] ~= "13" then
	return 426
end
-- Sixteen bytes in base64.  (A connection that is not to change has lost its
-- Upgrade header before.)
local key = request["Sec-WebSocket-Key"] or ""
if #key ~= 24 or not key:find("^[%w+/]+==$") then
	return 400
end
return 0
