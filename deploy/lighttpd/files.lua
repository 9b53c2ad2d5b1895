-- files.lua -- What a file answers to whoever does not want to read it.
--
-- lighttpd would hand it to a POST, and call other methods not implemented.
if lighty.r.req_attr["request.method"] == "OPTIONS" then
	lighty.r.resp_header["Allow"] = "GET, HEAD, OPTIONS"
	return 204
end
return 405
