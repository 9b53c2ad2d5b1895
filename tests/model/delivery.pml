/* SPDX-License-Identifier: MIT */
/*
 * delivery.pml -- How a message travels, with everything dying on the way.
 *
 * One conversation, one device that is online, and one or two of RELAYS and
 * DELIVERS that share its shard by leases.  LAST messages are committed;
 * meanwhile up to FAULTS things are killed, emptied or cut, and up to MOVES
 * leases go from an owner that was stopped, perhaps between asking and acting,
 * to the other.
 *
 * What is held against every possible order of events:
 *	order	the device is never given n + 1 before n
 *	once	one socket is never written the same message twice
 *	outbox	a row goes only when the hubs were told of it
 *	all	when nothing moves any more the device has everything, and
 *		neither outbox nor stream holds anything
 *
 * `broken` names one promise that is left out; check.sh sees it fail.  Which
 * process is which file is in README.md.
 */
#ifndef FAULTS
#define FAULTS 2
#endif
#ifndef MOVES
#define MOVES 1
#endif
#ifndef LAST
#define LAST 2
#endif
#ifndef RELAYS
#define RELAYS 1
#endif
#ifndef DELIVERS
#define DELIVERS 1
#endif
#define ALL 14			/* a set of messages has a bit for each */
#define BIT(n) (1 << (n))
#define LOWEST(set) (((set) & 2) -> 1 : (((set) & 4) -> 2 : 3))
#define NOBODY 2
#define NONE 0

/* The promises that can be left out. */
#define EARLY_DELETE	1	/* a row lives until it was handed out */
#define NO_DEDUPE	2	/* the hub drops what a socket had */
#define NO_LEASE	3	/* one deliver handles a shard */
#define NO_HOLD		4	/* after a loss nothing newer is given */
#define NO_JUMP		5	/* the hub looks at the counter */
#define NO_TURN		6	/* live messages wait for the replay */
#define NO_REPUBLISH	7	/* what the bus lost is published again */
#define NO_CHECK	8	/* the epoch is checked with each read */
byte broken;

mtype = { LIVE, PIECE, END, BEAT, RESYNC };		/* what a hub is told */
mtype = { READS, TELLS, PUBLISHES, REMOVES, DONE, REPLAYS, ENDS };

/* -- MariaDB: survives everything ------------------------------------------- */

byte committed;			/* messages 1 .. committed */
byte outbox;			/* those that have a row */
byte told;			/* ghost: those that were published to hubs */
byte acked;			/* the device's stored position */
byte relay_owner, deliver_owner;	/* at first the first of each */
byte relay_fence = 1, deliver_fence = 1;
byte moves = MOVES;

/* -- Redis: survives nothing ------------------------------------------------ */

chan stream = [5] of { byte, byte };		/* seq, the relay's fence */
chan up = [1] of { byte, byte };		/* request, where it stands */
/* kind, deliver, has the counter jumped?, from or seq, to, request, fence */
chan node = [2] of { mtype, bit, bool, byte, byte, byte, byte };
bool is_subscribed;
bool jumps[2] = true;		/* what deliver d says next is no successor */
bool is_emptied;		/* the epoch key is missing ... */
bool is_other[2];		/* ... or not the word that deliver d knows */

/* -- the hub's socket, and the device ---------------------------------------- */

bool is_replaying, resync_due;
byte first, last;		/* the range the socket was given; 0: none */
byte request, hub_fence;
byte written;			/* ghost: the set the socket was given */
byte has;			/* the device has 1 .. has */

/* -- what dies --------------------------------------------------------------- */

byte faults = FAULTS;		/* any process may die of one */
bool answering[2];		/* ghost: deliver d has a replay in hand */

inline flush()
{
	do
	:: stream?_, _
	:: empty(stream) -> break
	od;
	do
	:: up?_, _
	:: empty(up) -> break
	od;
	is_emptied = true; is_other[0] = true; is_other[1] = true
}

/* The hub's subscription ends; what was on its way is lost. */
inline cut_off()
{
	do
	:: node?_, d, _, _, _, _, _ -> jumps[d] = true
	:: empty(node) -> break
	od;
	d = 0;
	is_subscribed = false
}

proctype chaos()
{
	bit d;

	do
	:: atomic { faults > 0 -> faults--;
		if
		:: flush()		/* FLUSHALL */
		:: flush(); cut_off()	/* Redis is killed */
		:: cut_off()		/* its connection is lost */
		:: len(node) == 1 ->	/* a PUBLISH that never was */
			node?_, d, _, _, _, _, _;
			jumps[d] = true; d = 0
		:: skip			/* nothing more happens */
		fi }
	:: faults == 0 -> break
	od
}

/* -- lib/message/send.c: message and outbox row in one transaction ----------- */

proctype sender()
{
	do
	:: atomic { committed < LAST ->
		committed++;
		outbox = outbox | BIT(committed) }
	:: committed == LAST -> break
	od
}

/* -- lib/delivery/relay.c ------------------------------------------------------ */

#define R_OWNS (relay_owner == me && relay_fence == fence)
#define FRESH (outbox & ~window & ALL)
#define IN(n) (stream??[n, _] -> BIT(n) : 0)
#define LOST (outbox & window & ~(IN(1) | IN(2) | IN(3)) & ALL)

inline maybe_delete()
{
	if
	:: broken == EARLY_DELETE -> outbox = outbox & ~BIT(hand)
	:: else
	fi
}

proctype relay(bit me)
{
	byte fence = 1 - me, window, hand;

	do
	:: atomic { faults > 0 -> faults--;
		if
		:: relay_owner == me -> relay_owner = NOBODY
		:: else
		fi;
		fence = 0; window = 0; hand = NONE }
	:: atomic { hand == NONE && !R_OWNS &&
	    (relay_owner == NOBODY || moves > 0) ->
		if
		:: relay_owner == NOBODY
		:: else -> moves--
		fi;
		relay_owner = me; relay_fence++;
		fence = relay_fence; window = 0 }
	/* It asks whether the shard is its own, and reads ... */
	:: atomic { hand == NONE && R_OWNS && FRESH ->
		hand = LOWEST(FRESH);
		maybe_delete() }
	:: atomic { hand == NONE && R_OWNS && LOST &&
	    broken != NO_REPUBLISH ->
		hand = LOWEST(LOST);
		maybe_delete() }
	/* ... and acts, perhaps when it is another's. */
	:: atomic { hand != NONE && nfull(stream) ->
		stream!hand, fence;
		window = window | BIT(hand);
		hand = NONE }
	od
}

/* -- lib/delivery/deliver.c ---------------------------------------------------- */

#define D_OWNS (deliver_owner == me && deliver_fence == fence)
#define MAY_READ (D_OWNS || broken == NO_LEASE)
#define KNOWN (!is_emptied && !is_other[me] || broken == NO_CHECK)
#define HAS_ROOM (!is_subscribed || nfull(node))
#define IDLE (step == READS)

/* Redis gives it to who listens; the counter tells who did not. */
inline say(kind, a, b, r)
{
	if
	:: is_subscribed ->
		node!kind, me, jumps[me], a, b, r, fence;
		jumps[me] = false
	:: else -> jumps[me] = true
	fi
}

inline forget()
{
	step = READS; seq = NONE; to = 0; req = 0; answering[me] = false
}

proctype deliver(bit me)
{
	byte fence = 1 - me, heard, seq, f, to, req;
	mtype step = READS;

	do
	:: atomic { faults > 0 -> faults--;
		if
		:: deliver_owner == me -> deliver_owner = NOBODY
		:: else
		fi;
		jumps[me] = true;	/* a new process, a new epoch */
		is_other[me] = false;
		fence = 0; heard = 0; f = 0;
		forget() }
	:: atomic { IDLE && !D_OWNS && (deliver_owner == NOBODY || moves > 0) ->
		if
		:: deliver_owner == NOBODY
		:: else -> moves--
		fi;
		deliver_owner = me; deliver_fence++;
		fence = deliver_fence }
	/* Whoever finds another epoch, or none, tells all hubs.  A process
	 * that starts knows none: its first word tells them by the counter. */
	:: atomic { IDLE && (is_emptied || is_other[me]) ->
		is_emptied = false; is_other[me] = false;
		step = TELLS }
	:: atomic { step == TELLS && HAS_ROOM ->
		say(RESYNC, 0, 0, 0);
		forget() }
	/* The beat: who missed the last word hears that he did. */
	:: atomic { IDLE && jumps[me] && is_subscribed && nfull(node) ->
		say(BEAT, 0, 0, 0) }

	/* An event.  What has a lower fence than was heard is dropped. */
	:: atomic { IDLE && MAY_READ && KNOWN && nempty(stream) ->
		if
		:: broken == NO_LEASE -> stream?seq, f	/* shared out */
		:: else -> stream?<seq, f>
		fi;
		if
		:: f < heard -> step = DONE
		:: else -> heard = f; step = PUBLISHES
		fi }
	:: atomic { step == PUBLISHES && HAS_ROOM ->
		say(LIVE, seq, 0, 0);
		told = told | BIT(seq);
		step = REMOVES }
	:: atomic { step == REMOVES ->
		assert((told & BIT(seq)) != 0);
		outbox = outbox & ~BIT(seq);
		step = DONE }
	:: atomic { step == DONE ->
		if
		:: stream??[eval(seq), eval(f)] -> stream??eval(seq), eval(f)
		:: else
		fi;
		forget() }

	/* A replay: what is stored now, in two messages. */
	:: atomic { IDLE && D_OWNS && KNOWN && nempty(up) ->
		up?req, seq;
		answering[me] = true;
		to = committed;
		step = REPLAYS }
	:: atomic { step == REPLAYS && HAS_ROOM ->
		if
		:: seq < to -> say(PIECE, seq, to, req)
		:: else
		fi;
		step = ENDS }
	:: atomic { step == ENDS && HAS_ROOM ->
		say(END, 0, 0, req);
		forget() }
	od
}

/* -- lib/delivery/hub_channel.c, and the device behind it ---------------------- */

inline give(n)
{
	assert((written & BIT(n)) == 0);
	written = written | BIT(n);
	assert(n <= has + 1);
	has = (n > has -> n : has)
}

/* hub_seen.c: the range a socket was given. */
inline note(n)
{
	if
	:: last == 0 -> first = n; last = n
	:: last != 0 && n < first -> first = n
	:: last != 0 && n > last -> last = n
	:: else
	fi
}

#define HAD(n) (last != 0 && n >= first && n <= last)
#define STANDS (last != 0 -> last : acked)

inline catch_up()
{
	is_replaying = true;
	request++;
	do
	:: up?_, _		/* an older request does not count */
	:: empty(up) -> break
	od;
	up!request, STANDS
}

inline live(n)
{
	if
	:: is_replaying && broken != NO_TURN -> skip
	:: (!is_replaying || broken == NO_TURN) && HAD(n) ->
		if
		:: broken == NO_DEDUPE -> give(n)
		:: else
		fi
	:: (!is_replaying || broken == NO_TURN) && last != 0 && n > last + 1 ->
		catch_up()
	:: else -> note(n); give(n)
	fi
}

inline piece(from, upto)
{
	from++;
	do
	:: from <= upto ->
		if
		:: HAD(from) -> skip
		:: else -> note(from); give(from)
		fi;
		from++
	:: else -> break
	od
}

proctype hub()
{
	mtype kind;
	bit d;
	bool jump;
	byte a, b, r, f;

	do
	/* It dies; the device comes back, to one that knows nothing. */
	:: atomic { faults > 0 -> faults--;
		cut_off();
		first = 0; last = 0; written = 0; hub_fence = 0;
		jumps[0] = true; jumps[1] = true;
		resync_due = false; is_replaying = true }
	/* It subscribes, and catches up then. */
	:: atomic { !is_subscribed ->
		is_subscribed = true;
		resync_due = true }
	:: atomic { is_subscribed && resync_due ->
		resync_due = false;
		catch_up() }
	/* No answer comes any more: it asks again. */
	:: atomic { is_subscribed && is_replaying && !resync_due &&
	    empty(up) && empty(node) && !answering[0] && !answering[1] ->
		catch_up() }
	:: atomic { is_subscribed && nempty(node) ->
		node?kind, d, jump, a, b, r, f;
		if
		:: (jump && broken != NO_JUMP) || kind == RESYNC ||
		    (f != 0 && f < hub_fence) -> resync_due = true
		:: else
		fi;
		if
		:: f != 0 && f < hub_fence -> kind = BEAT
		:: else -> hub_fence = (f > hub_fence -> f : hub_fence)
		fi;
		if
		:: resync_due && broken != NO_HOLD -> skip
		:: (!resync_due || broken == NO_HOLD) && kind == LIVE ->
			live(a)
		:: (!resync_due || broken == NO_HOLD) && kind == PIECE &&
		    r == request -> piece(a, b)
		:: (!resync_due || broken == NO_HOLD) && kind == END &&
		    r == request -> is_replaying = false
		:: else
		fi;
		a = 0; b = 0; r = 0; f = 0; d = 0; jump = false; kind = BEAT }
	/* The device acknowledges what it has. */
	:: atomic { acked < has -> acked = has }
	od
}

/* -- the end -------------------------------------------------------------------- */

proctype judge()
{
	timeout;	/* nothing moves any more */
	assert(committed == LAST && has == LAST);
	assert(outbox == 0 && empty(stream))
}

init
{
	c_code {
		char *left_out = getenv("LEFT_OUT");

		now.broken = left_out == NULL ? 0 : atoi(left_out);
	};
	atomic {
		is_replaying = true;
		run sender(); run chaos(); run hub(); run judge();
		run relay(0);
#if RELAYS == 2
		run relay(1);
#endif
		run deliver(0);
#if DELIVERS == 2
		run deliver(1);
#endif
		skip
	}
}
