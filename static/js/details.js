// SPDX-License-Identifier: MIT
/*
 * details.js -- The third pane: what the conversation's own page says, beside the
 * chat, and as much alive.  Where there is no room for it, the link to that page
 * is all there is.
 */

import {$, remember} from "./ui.js";
import {keep} from "./renew.js";

const pane = $("#details .pane"), conv = $("#main").dataset.conv;

const look = keep(pane, {url: `/c/${conv}/info`, source: "#main .pane", events: ["conversation", "member"],
    concerns: ({conv_id, id}) => (conv_id ?? id) === conv});

/* The look of those pages comes with the first of them. */
function dress()
{
	const sheet = document.createElement("link");

	if ($("#sheet"))
		return;
	sheet.id = "sheet";
	sheet.rel = "stylesheet";
	sheet.href = pane.dataset.sheet;
	document.head.append(sheet);
}

export function show(is_shown)
{
	const had_focus = $("#details").contains(document.activeElement);

	$("#details").hidden = !is_shown;
	remember("details", is_shown ? "1" : "");
	if (had_focus && !is_shown)
		$("#who").focus();
	if (!is_shown)
		return;
	dress();
	look();
}
