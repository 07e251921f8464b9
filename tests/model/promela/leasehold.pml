/* Leasehold's protocol: sessions, the plan, leases, claims, acknowledgements. docs/protocol.md explains it.
 *
 * A d_step is one transaction (SERIALIZABLE, so atomic) or one step of one thread of a worker;
 * between them everything interleaves. Nobody reads a clock here: what time brings about (trust
 * ends, a session expires) just happens, in every order that the clocks allow.
 *
 * `check` runs this, and runs it with a rule left out: an #ifdef names each.
 */

#define SESSIONS 3  /* 0 and 1 hold a part each; 2 joins whenever it likes. Ids, so also the order. */
#define PARTS    2  /* with one item in each: item p lies in part p */
#define NOBODY   SESSIONS

/* How often each trouble may come. `check` says how they are combined. */
byte crashes = CRASHES;  /* kill -9 */
byte pauses  = PAUSES;   /* a worker is stopped past its ttl, then goes on */
byte lapses  = LAPSES;   /* a worker runs, but its heartbeats fail until its ttl is over */
byte leaves  = LEAVES;   /* a worker is told to drain */
byte cordons = CORDONS;  /* an operator cordons all sessions, and lifts that */
byte moves   = MOVES;    /* a plan moves a part from a session that could go on with it */
byte doubts  = DOUBTS;   /* a COMMIT gets no answer */
byte returns = RETURNS;  /* a handler ends in retry, snooze or release */
byte orphans = ORPHANS;  /* a handler outlasts the drain of its part, and its claim is given up */

/* ==== The database =========================================================================== */

mtype = { absent, live, expired, gone };
mtype row[SESSIONS] = absent;       /* sessions; `expired`: expires_at has passed, not yet reaped */
bool  leaving[SESSIONS];            /* sessions.state */
bool  cordoned;                     /* sessions.cordoned, of all */
byte  vacant = NOBODY;              /* vacant_seats */
byte  planned[PARTS] = NOBODY;      /* parts.planned_for */
bool  due;                          /* queues.plan_at has come */
bool  lease[SESSIONS * PARTS];      /* session_parts */
bool  present[PARTS] = true;        /* the item's row ... */
byte  claim[PARTS] = NOBODY;        /* ... its claim ... */
byte  token[PARTS];                 /* ... and its token */
byte  effects[PARTS];               /* rows that handlers wrote in acknowledging transactions */
bool  has_expired[SESSIONS];        /* for I7 alone */

#define AT(s, p)    ((s) * PARTS + (p))
#define LEASE(s, p) lease[AT(s, p)]
#define ANY_EXPIRED (row[0] == expired || row[1] == expired || row[2] == expired)
#define ANY_LIVE    (row[0] == live || row[1] == live || row[2] == live)
#define ALL_DONE    (!present[0] && !present[1])

/* ==== What each worker believes ============================================================== */

mtype = { running, paused, woken, dead };
mtype process[SESSIONS] = running;  /* `woken`: goes on after a pause longer than its ttl */
bool  trusted[SESSIONS];            /* session_keeper::current() */
bool  seated[SESSIONS];             /* claim_book, between begin() and end() */
bool  open[SESSIONS * PARTS];       /* claim_book: to be claimed from */

mtype = { nothing, take, give, let_go };
mtype step[SESSIONS * PARTS] = nothing;  /* lease_keeper: decided by a look, not yet done */

mtype = { idle, entered, held, released, claiming, completing, returning };
mtype stage[SESSIONS * PARTS] = idle;    /* runner and slots: how far the item is; the last three */
                                         /* are a COMMIT in doubt */
byte  fence[SESSIONS * PARTS];           /* the token it was claimed with */
byte  orphan[SESSIONS * PARTS];          /* the same, of a handler whose claim was given up */

#define OPEN(s, p)   open[AT(s, p)]
#define STEP(s, p)   step[AT(s, p)]
#define STAGE(s, p)  stage[AT(s, p)]
#define FENCE(s, p)  fence[AT(s, p)]
#define ORPHAN(s, p) orphan[AT(s, p)]

#define ACTS(s)      (process[s] == running || process[s] == woken)
#define BELIEVES(s)  (ACTS(s) && trusted[s] && seated[s])
#define DECIDED(s)   (STEP(s, 0) != nothing || STEP(s, 1) != nothing)
#define HANDS_OVER(s, p)  (STEP(s, p) == give || STEP(s, p) == let_go)

/* ==== A COMMIT in doubt: the server ends the transaction when it likes ======================== */

mtype = { none, undecided, committed, aborted };
mtype fate = none;
mtype doubtful = nothing;  /* claiming, completing, returning, take, give or let_go */
byte  doubtful_s, doubtful_p, doubtful_fence;

#define DOUBT(what, s, p) \
    doubts--; doubtful = what; doubtful_s = s; doubtful_p = p; doubtful_fence = FENCE(s, p); \
    fate = undecided
#define FORGET_DOUBT \
    fate = none; doubtful = nothing; doubtful_s = 0; doubtful_p = 0; doubtful_fence = 0
#define ASKS(s, p) \
    (STAGE(s, p) == claiming || STAGE(s, p) == completing || STAGE(s, p) == returning)

/* ==== The plan: any that a strategy might make =============================================== */

#define STANDS(s) (row[s] == live && !leaving[s])
#define SEAT(s)   (STANDS(s) && !cordoned)

/* parts.planned_for names another session, which stands */
#define FOR_OTHER(s, p) \
    (planned[p] != s && planned[p] != NOBODY && STANDS(planned[p]))

#ifdef LEASE_WITHOUT_REAP
#define OWNS(s, p) (LEASE(s, p) && row[s] == live)
#else
#define OWNS(s, p) LEASE(s, p)
#endif
#define FREE(p) (!OWNS(0, p) && !OWNS(1, p) && !OWNS(2, p))

/* lease_rules: next_step() */
#define GIVES(s, p)   (LEASE(s, p) && FOR_OTHER(s, p))
#define LETS_GO(s, p) (LEASE(s, p) && !FOR_OTHER(s, p) && (leaving[s] || planned[p] == NOBODY))
#define KEEPS(s, p)   (LEASE(s, p) && !GIVES(s, p) && !LETS_GO(s, p))
#define TAKES(s, p)   (!LEASE(s, p) && planned[p] == s && !leaving[s] && FREE(p))
#define WAITS(s, p)   (!LEASE(s, p) && planned[p] == s && !leaving[s] && !FREE(p))

/* Would a look at part p lead to anything? Where the item is done, only whoever leaves cares: the
 * lease may go all the same ways before that. */
#define SEES_CHANGE(s, p) ((present[p] || leaving[s]) && \
    (KEEPS(s, p) -> !OPEN(s, p) : (LEASE(s, p) || OPEN(s, p) || TAKES(s, p))))

#ifdef SETTLED_FOR_GOOD
/* Without lease_keeper's look_again_at_: having found all as planned, it waits for another plan. */
bool settled[SESSIONS];
#define TELL_ALL           settled[0] = false; settled[1] = false; settled[2] = false
#define SETTLE(s)          settled[s] = !DECIDED(s) && !WAITS(s, 0) && !WAITS(s, 1)
#define UNSETTLE(s)        settled[s] = false
#define LOOKS(s)           (!settled[s] && (SEES_CHANGE(s, 0) || SEES_CHANGE(s, 1) || \
                                            (!WAITS(s, 0) && !WAITS(s, 1))))
#else
#define TELL_ALL           skip
#define SETTLE(s)          skip
#define UNSETTLE(s)        skip
#define LOOKS(s)           (SEES_CHANGE(s, 0) || SEES_CHANGE(s, 1))
#endif

/* ==== What holds after every transaction ===================================================== */

/* A token is only compared with those that somebody remembers. When nobody does, counting may start
 * again: fewer states, and nothing that anybody could notice. */
#define REMEMBERED(p) (FENCE(0, p) || FENCE(1, p) || FENCE(2, p) || \
                       ORPHAN(0, p) || ORPHAN(1, p) || ORPHAN(2, p) || \
                       (doubtful_fence && doubtful_p == p))
byte k;  /* counts, and is 0 again */

inline check_invariants() {
    for (k : 0 .. PARTS - 1) {
        assert(LEASE(0, k) + LEASE(1, k) + LEASE(2, k) <= 1);            /* I1 */
        assert(claim[k] == NOBODY || LEASE(claim[k], k));                /* I2 */
        assert(effects[k] <= 1);                                         /* I3 */
        assert(present[k] || effects[k] == 1);                           /* I4 */
        if
        :: !REMEMBERED(k) || !present[k] -> token[k] = 0
        :: else
        fi
    }
    for (k : 0 .. SESSIONS - 1) {
        assert(!(row[k] == live && has_expired[k]))                      /* I7 */
    }
    k = 0  /* a d_step must not end with a loop */
}

/* ==== Transactions =========================================================================== */

inline register_session(s) {                                  /* session_register.sql */
    row[s] = live;
    due = true
}

inline take_lease(s, p) {                                     /* lease_take.sql */
    if
    :: planned[p] == s && FREE(p) && row[s] == live -> LEASE(s, p) = true
    :: else
    fi
}

inline free_claims(s, p) {                                    /* item_free.sql */
    if
    :: claim[p] == s -> claim[p] = NOBODY
    :: else
    fi
}

#ifdef GIVE_BLINDLY
#define GIVABLE(s, p) FOR_OTHER(s, p)
#else
#define GIVABLE(s, p) (LEASE(s, p) && FOR_OTHER(s, p))
#endif

inline give_lease(s, p) {                                     /* lease_give.sql, lease_receive.sql */
#ifndef GIVE_UNDER_CLAIM
    free_claims(s, p);
#endif
    if
    :: GIVABLE(s, p) ->
        LEASE(s, p) = false;
        LEASE(planned[p], p) = true
    :: else -> printf("    not given\n")
    fi
}

inline end_lease(s, p) {                                      /* lease_release.sql */
    free_claims(s, p);
    LEASE(s, p) = false
}

#define CLAIMABLE(s, p) (LEASE(s, p) && present[p] && claim[p] == NOBODY)

inline claim_item(s, p) {                                     /* item_claim.sql */
    assert(row[s] != gone);                                              /* I7 */
    token[p]++;
    claim[p] = s
}

#if defined(WITHOUT_TOKEN)
#define HOLDS(s, p, t) (present[p] && claim[p] == s)
#elif defined(WITHOUT_CLAIM)
#define HOLDS(s, p, t) (present[p] && token[p] == t)
#else
#define HOLDS(s, p, t) (present[p] && claim[p] == s && token[p] == t)
#endif

inline check_acknowledged(s, p, t) {
    assert(claim[p] == s && token[p] == t);                              /* I3 */
    assert(row[s] != gone)                                               /* I7 */
}

inline complete_item(s, p, t) {                               /* item_complete.sql */
    if
    :: HOLDS(s, p, t) ->
        check_acknowledged(s, p, t);
        present[p] = false;
        claim[p] = NOBODY;
        effects[p]++
    :: else ->
        printf("    lost\n");
#ifdef COMMIT_LOST
        effects[p]++
#endif
    fi
}

inline return_item(s, p, t) {                                 /* item_return.sql */
    if
    :: HOLDS(s, p, t) ->
        check_acknowledged(s, p, t);
        claim[p] = NOBODY
    :: else -> printf("    lost\n")
    fi
}

/* ==== A worker's session and its looks at the parts ========================================== */

inline look_at(s, p) {
    if
    :: !SEES_CHANGE(s, p) -> skip
    :: SEES_CHANGE(s, p) && KEEPS(s, p) -> OPEN(s, p) = true
    :: SEES_CHANGE(s, p) && GIVES(s, p) -> OPEN(s, p) = false; STEP(s, p) = give
    :: SEES_CHANGE(s, p) && LETS_GO(s, p) -> OPEN(s, p) = false; STEP(s, p) = let_go
    :: SEES_CHANGE(s, p) && TAKES(s, p) -> OPEN(s, p) = false; STEP(s, p) = take
    :: else -> OPEN(s, p) = false
    fi
}

#ifdef REAPER_TELLS_NOBODY
#define PLAN_IS_DUE skip
#else
#define PLAN_IS_DUE due = true
#endif

/* session_begin_reap.sql, then for each lease session_still_expired.sql and lease_give.sql or, if
 * it is planned for nobody that stands, lease_release.sql; session_reap.sql at last */
inline reap_part(x, p) {
    if
    :: GIVABLE(x, p) -> give_lease(x, p)
    :: else -> end_lease(x, p)
    fi
}
inline reap_step(x) {
    if
    :: !leaving[x] -> leaving[x] = true; PLAN_IS_DUE
    :: leaving[x] && LEASE(x, 0) -> reap_part(x, 0)
    :: leaving[x] && !LEASE(x, 0) && LEASE(x, 1) -> reap_part(x, 1)
    :: else ->
        row[x] = gone;
        PLAN_IS_DUE
    fi
}

proctype session(byte s) {
end:
    do
    :: d_step { !ALL_DONE && row[s] == absent ->
        printf("session %d registers\n", s);
        register_session(s);
        trusted[s] = true;
        seated[s] = true
       }
    :: d_step { !ALL_DONE && BELIEVES(s) && !DECIDED(s) && LOOKS(s) ->
        printf("session %d looks at its parts\n", s);
        look_at(s, 0);
        look_at(s, 1);
        SETTLE(s)
       }
    :: d_step { !ALL_DONE && BELIEVES(s) && row[0] == expired ->
        printf("session %d reaps: a step against session 0\n", s);
        reap_step(0);
        check_invariants()
       }
    :: d_step { !ALL_DONE && BELIEVES(s) && row[1] == expired ->
        printf("session %d reaps: a step against session 1\n", s);
        reap_step(1);
        check_invariants()
       }
    :: d_step { !ALL_DONE && BELIEVES(s) && row[2] == expired ->
        printf("session %d reaps: a step against session 2\n", s);
        reap_step(2);
        check_invariants()
       }
    /* The trust thread sees that time is up, or a heartbeat (session_extend.sql) is answered `gone`:
     * claim_book::end(). */
    :: d_step { ACTS(s) && seated[s] && !trusted[s] ->
        printf("session %d is over for its worker\n", s);
        seated[s] = false;
        OPEN(s, 0) = false;
        OPEN(s, 1) = false
       }
#ifdef REVIVE_EXPIRED
    :: d_step { ACTS(s) && seated[s] && row[s] == expired ->
        printf("session %d: a heartbeat sent before the pause arrives\n", s);
        row[s] = live;
        trusted[s] = true;
        check_invariants()
       }
#endif
    :: d_step { !ALL_DONE && leaves > 0 && BELIEVES(s) ->     /* session_set_leaving.sql */
        printf("session %d is told to leave\n", s);
        leaves--;
        leaving[s] = true;
        due = true
       }
    :: d_step { BELIEVES(s) && leaving[s] && row[s] == live && !DECIDED(s) &&
                !LEASE(s, 0) && !LEASE(s, 1) ->   /* session_vacate.sql, session_leave.sql */
        printf("session %d leaves\n", s);
        row[s] = gone;
        vacant = s;
        trusted[s] = false;
        seated[s] = false;
        due = true
       }
    od
}

/* ==== A worker in one part =================================================================== */

/* claim_book::vacate() answers true. After end() the book knows no part, so it is true at once. */
#ifdef GIVE_UNDER_CLAIM
#define VACATED(s, p) true
#else
#define VACATED(s, p) (STAGE(s, p) == idle || !seated[s])
#endif

proctype in_part(byte s; byte p) {
end:
    do
    /* --- the parts thread does what was decided --- */
    :: d_step { ACTS(s) && STEP(s, p) == take ->
        printf("session %d takes part %d\n", s, p);
        STEP(s, p) = nothing;
        take_lease(s, p);
        if
        :: LEASE(s, p) -> OPEN(s, p) = seated[s]
        :: else -> printf("    not free\n"); UNSETTLE(s)
        fi;
        check_invariants()
       }
    :: d_step { ACTS(s) && STEP(s, p) == give && VACATED(s, p) ->
        printf("session %d gives part %d away\n", s, p);
        STEP(s, p) = nothing;
        UNSETTLE(s);
        give_lease(s, p);
        check_invariants()
       }
    :: d_step { ACTS(s) && STEP(s, p) == let_go && VACATED(s, p) ->
        printf("session %d lets go of part %d\n", s, p);
        STEP(s, p) = nothing;
        end_lease(s, p);
        check_invariants()
       }
    :: d_step { ACTS(s) && HANDS_OVER(s, p) && KEEPS(s, p) ->
        printf("session %d: part %d stays after all\n", s, p);
        STEP(s, p) = nothing;
        UNSETTLE(s)
       }
    :: d_step { ACTS(s) && doubts > 0 && (STEP(s, p) == take || (HANDS_OVER(s, p) && VACATED(s, p))) ->
        printf("session %d: %e of part %d, COMMIT gets no answer\n", s, STEP(s, p), p);
        DOUBT(STEP(s, p), s, p);
        STEP(s, 0) = nothing;
        STEP(s, 1) = nothing;
        UNSETTLE(s)
       }

    /* --- the items thread claims; tries that would come to nothing at once are left out --- */
    :: d_step { !ALL_DONE && BELIEVES(s) && !leaving[s] && OPEN(s, p) && STAGE(s, p) == idle &&
                CLAIMABLE(s, p) ->
        printf("session %d, still trusted, will claim in part %d\n", s, p);
        STAGE(s, p) = entered
       }
    :: d_step { ACTS(s) && STAGE(s, p) == entered ->
        STAGE(s, p) = idle;
        if
        :: CLAIMABLE(s, p) ->
            printf("session %d claims item %d, token %d\n", s, p, token[p] + 1);
            assert(row[s] == live || process[s] == woken);               /* I5 */
            claim_item(s, p);
            if
            :: seated[s] ->
                STAGE(s, p) = held;
                FENCE(s, p) = token[p]
            :: else
            fi
        :: else -> printf("session %d claims nothing in part %d\n", s, p)
        fi;
        check_invariants()
       }

    /* --- a handler ends, and its claim with it; not asked: trust --- */
    :: d_step { ACTS(s) && STAGE(s, p) == held ->
        printf("session %d completes item %d, token %d\n", s, p, FENCE(s, p));
        STAGE(s, p) = idle;
        complete_item(s, p, FENCE(s, p));
        FENCE(s, p) = 0;
        check_invariants()
       }
    :: d_step { ACTS(s) && STAGE(s, p) == held && returns > 0 ->
        printf("session %d returns item %d, token %d\n", s, p, FENCE(s, p));
        returns--;
        STAGE(s, p) = idle;
        return_item(s, p, FENCE(s, p));
        FENCE(s, p) = 0;
        check_invariants()
       }

    /* --- the part has to move: waiting claims are released, running ones in the end, too --- */
    :: d_step { ACTS(s) && seated[s] && STAGE(s, p) == held && HANDS_OVER(s, p) ->
        STAGE(s, p) = released
       }
    :: d_step { ACTS(s) && seated[s] && STAGE(s, p) == held && HANDS_OVER(s, p) &&
                orphans > 0 && ORPHAN(s, p) == 0 ->
        printf("session %d: the handler of item %d does not end\n", s, p);
        orphans--;
        STAGE(s, p) = released;
        ORPHAN(s, p) = FENCE(s, p)
       }
    :: d_step { ACTS(s) && STAGE(s, p) == released ->
        printf("session %d releases item %d, token %d\n", s, p, FENCE(s, p));
        STAGE(s, p) = idle;
        return_item(s, p, FENCE(s, p));
        FENCE(s, p) = 0;
        check_invariants()
       }
    :: d_step { ACTS(s) && ORPHAN(s, p) != 0 ->
        printf("session %d: that handler completes item %d, token %d\n", s, p, ORPHAN(s, p));
        complete_item(s, p, ORPHAN(s, p));
        ORPHAN(s, p) = 0;
        check_invariants()
       }

    /* --- the session is over: what had not started is forgotten --- */
    :: d_step { ACTS(s) && !seated[s] && STAGE(s, p) == held ->
        STAGE(s, p) = idle;
        FENCE(s, p) = 0
       }

    /* --- COMMIT is sent and gets no answer --- */
    :: d_step { ACTS(s) && doubts > 0 &&
                (STAGE(s, p) == entered || STAGE(s, p) == held || STAGE(s, p) == released) ->
        if
        :: STAGE(s, p) == entered -> DOUBT(claiming, s, p)
        :: STAGE(s, p) == held -> DOUBT(completing, s, p)
        :: else -> DOUBT(returning, s, p)
        fi;
        STAGE(s, p) = doubtful;
        printf("session %d: %e item %d, COMMIT gets no answer\n", s, doubtful, p)
       }
    /* transaction_status.sql, asked for as long as the session is trusted */
    :: d_step { ACTS(s) && trusted[s] && ASKS(s, p) && (fate == committed || fate == aborted) ->
        printf("session %d hears that it %e\n", s, fate);
        if
        :: STAGE(s, p) == claiming && fate == committed && seated[s] ->
            STAGE(s, p) = held;
            FENCE(s, p) = doubtful_fence
        :: STAGE(s, p) == completing && fate == aborted -> STAGE(s, p) = held
        :: STAGE(s, p) == returning && fate == aborted -> STAGE(s, p) = released
        :: else ->
            STAGE(s, p) = idle;
            FENCE(s, p) = 0
        fi;
        FORGET_DOUBT
       }
    :: d_step { ACTS(s) && !trusted[s] && ASKS(s, p) ->
        STAGE(s, p) = idle;
        FENCE(s, p) = 0;
        if
        :: fate != undecided -> FORGET_DOUBT
        :: else
        fi
       }
    od
}

/* ==== The planner: whichever session is first =================================================== */

#define PLANS(s) (BELIEVES(s) && !DECIDED(s))
#define ANY_PLANS (PLANS(0) || PLANS(1) || PLANS(2))

#ifdef PLAN_WITHOUT_LOCK
bool seen[SESSIONS];  /* who had a seat, when the planner looked */
bool has_seen;
#define PLAN_SEAT(s) seen[s]
#define MAY_PLAN     has_seen
#else
#define PLAN_SEAT(s) SEAT(s)
#define MAY_PLAN     (due && ANY_PLANS)
#endif
#define PLAN_SEATS   (PLAN_SEAT(0) + PLAN_SEAT(1) + PLAN_SEAT(2))

/* Part p stays with its session, if that has a seat; or goes to any that has one. */
#define HAS_SEAT(p)     (planned[p] != NOBODY && PLAN_SEAT(planned[p]))
#define MAY_GO_TO(s, p) (PLAN_SEAT(s) && planned[p] != s && (!HAS_SEAT(p) || moves > 0))

inline plan_for(s, p) {
    if
    :: HAS_SEAT(p) -> moves--
    :: else
    fi;
    planned[p] = s
}
inline plan_part(p) {
    if
    :: HAS_SEAT(p) -> skip
    :: MAY_GO_TO(0, p) -> plan_for(0, p)
    :: MAY_GO_TO(1, p) -> plan_for(1, p)
    :: MAY_GO_TO(2, p) -> plan_for(2, p)
    :: vacant != NOBODY && planned[p] == vacant && PLAN_SEATS > 0 -> skip
    :: PLAN_SEATS == 0 -> planned[p] = NOBODY
    fi
}

proctype planner() {
end:
    do
#ifdef PLAN_WITHOUT_LOCK
    :: d_step { !ALL_DONE && due && ANY_PLANS && !has_seen ->
        printf("a planner reads who sits here\n");
        seen[0] = SEAT(0);
        seen[1] = SEAT(1);
        seen[2] = SEAT(2);
        has_seen = true
       }
#endif
    :: atomic { !ALL_DONE && MAY_PLAN ->
        plan_part(0);
        plan_part(1);
        due = false;
#ifdef PLAN_WITHOUT_LOCK
        has_seen = false;
#endif
        printf("a plan: part 0 for %d, part 1 for %d\n", planned[0], planned[1]);
        TELL_ALL
       }
    :: d_step { !ALL_DONE && vacant != NOBODY ->
        printf("the seat of session %d is kept no longer\n", vacant);
        vacant = NOBODY;
        due = true
       }
    :: d_step { !ALL_DONE && cordons > 0 ->
        printf("all sessions are cordoned\n");
        cordons--;
        cordoned = true;
        due = true
       }
    :: d_step { cordoned ->
        printf("all sessions are uncordoned\n");
        cordoned = false;
        due = true
       }
    od
}

/* ==== What time, machines and networks do ==================================================== */

/* Nothing of this worker is between check and act. When it runs, `margin` is time enough for that. */
#ifdef WITHOUT_MARGIN
#define STOPPED(s) true
#else
#define STOPPED(s) \
    (!seated[s] && !DECIDED(s) && STAGE(s, 0) != entered && STAGE(s, 1) != entered)
#endif

#define FORGET(s, p) \
    OPEN(s, p) = false; STEP(s, p) = nothing; STAGE(s, p) = idle; FENCE(s, p) = 0; ORPHAN(s, p) = 0

proctype misfortune(byte s) {
end:
    do
    :: d_step { !ALL_DONE && crashes > 0 && row[s] == live && process[s] == running ->
        printf("session %d: its worker is killed\n", s);
        crashes--;
        process[s] = dead;
        trusted[s] = false;
        seated[s] = false;
        FORGET(s, 0);
        FORGET(s, 1)
       }
    :: d_step { !ALL_DONE && pauses > 0 && row[s] == live && process[s] == running && trusted[s] ->
        printf("session %d: its worker is stopped, and its trust runs out\n", s);
        pauses--;
        process[s] = paused;
        trusted[s] = false
       }
    :: d_step { !ALL_DONE && lapses > 0 && row[s] == live && process[s] == running && trusted[s] ->
        printf("session %d: no heartbeat gets through, and its trust runs out\n", s);
        lapses--;
        trusted[s] = false
       }
    /* The server's clock. Trust has ended before, whoever runs or not; but only a worker that ran
     * has seen that, and has stopped. */
    :: d_step { !ALL_DONE && row[s] == live && !trusted[s] && (!ACTS(s) || STOPPED(s)) ->
        printf("session %d expires\n", s);
        row[s] = expired;
        has_expired[s] = true
       }
    :: d_step { process[s] == paused && row[s] != live ->
        printf("session %d: its worker goes on\n", s);
        process[s] = woken
       }
    od
}

proctype server() {
end:
    do
    :: d_step { fate == undecided ->
        fate = aborted;
        if
        :: !ASKS(doubtful_s, doubtful_p) -> FORGET_DOUBT
        :: else
        fi
       }
    :: d_step { fate == undecided ->
        printf("the server commits: %e, session %d, part %d\n", doubtful, doubtful_s, doubtful_p);
        fate = committed;
        if
        :: doubtful == claiming && CLAIMABLE(doubtful_s, doubtful_p) ->
            claim_item(doubtful_s, doubtful_p);
            doubtful_fence = token[doubtful_p]
        :: doubtful == completing && HOLDS(doubtful_s, doubtful_p, doubtful_fence) ->
            complete_item(doubtful_s, doubtful_p, doubtful_fence)
        :: doubtful == returning && HOLDS(doubtful_s, doubtful_p, doubtful_fence) ->
            return_item(doubtful_s, doubtful_p, doubtful_fence)
        :: doubtful == take -> take_lease(doubtful_s, doubtful_p)
        :: doubtful == give && GIVABLE(doubtful_s, doubtful_p) -> give_lease(doubtful_s, doubtful_p)
        :: doubtful == let_go && LEASE(doubtful_s, doubtful_p) -> end_lease(doubtful_s, doubtful_p)
        :: else -> fate = aborted
        fi;
        if
        :: !ASKS(doubtful_s, doubtful_p) -> FORGET_DOUBT
        :: else
        fi;
        check_invariants()
       }
    od
}

/* ==== The start, and the end ================================================================= */

#define BEGIN(s, p) \
    row[s] = live; trusted[s] = true; seated[s] = true; \
    planned[p] = s; LEASE(s, p) = true; OPEN(s, p) = true

init {
    atomic {
        BEGIN(0, 0);
        BEGIN(1, 1);
        run session(0); run in_part(0, 0); run in_part(0, 1); run misfortune(0);
        run session(1); run in_part(1, 0); run in_part(1, 1); run misfortune(1);
        run session(2); run in_part(2, 0); run in_part(2, 1); run misfortune(2);
        run planner(); run server()
    }
end:
    /* Nobody can do anything any more: then all is done, or nobody is left to do it. */
    timeout -> assert(ALL_DONE || !ANY_LIVE)                             /* I4 */
}
