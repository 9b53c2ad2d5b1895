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
-- websocketd makes variables of headers, and one of X_Forwarded_For as of ours:
-- which of the two the hub is handed would be chance.
local doubtful = {}
for name in pairs(request) do
	if name:find("_", 1, true) then doubtful[#doubtful + 1] = name end
end
for _, name in ipairs(doubtful) do request[name] = nil end
return 0
