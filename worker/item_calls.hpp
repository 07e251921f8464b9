#pragma once

#include "items/claim_store.hpp"
#include "items/help_rules.hpp"
#include "worker/claim_book.hpp"
#include "worker/doubt.hpp"

#include <functional>
#include <span>
#include <vector>

namespace leasehold {

/// What one transaction claimed.
struct claimed {
    std::vector<claim> claims{};
    std::vector<part_id> more{};  ///< may have more

    void take(part_id part, claimed_items some);
    void add(claimed others);
};

/// What an owner says about help in its parts.
struct help_request {
    std::vector<part_id> wanted{};     ///< still, or from now on
    std::vector<part_id> withdrawn{};  ///< no longer
    bool tell{false};                  ///< idle sessions are to hear of it at once
};

/// One attempt to claim from a part of another session.
struct help_round {
    session_id me{};
    part_id part{};
    int wanted{0};
    int helpers_max{0};
    bool has_lease{false};  ///< from a round before; else it is taken in the same transaction
};

/// What the runner needs of the database, and no more. Blocking; throws sql_failure.
class item_calls : public doubt_calls {
public:
    /// Items came in `parts`: no look there may miss them for having looked just before.
    virtual void came(const std::vector<part_id>& parts) = 0;

    /// Which of `parts` have a due item. A hint.
    virtual std::vector<part_head> due(const std::vector<part_id>& parts) = 0;

    /// Claims from each of `asked` up to so many items, all in one transaction; by the lease alone
    /// where that says so, and then items that are in hand already may come once more.
    virtual doubtful<claimed> claim_from(const session_id& me,
                                         const std::vector<part_share>& asked) = 0;

    /// From now on `me` claims by the lease alone in those of `parts` where nothing is in doubt and
    /// nobody helps.
    /// @return these
    virtual std::vector<lease> claim_by_lease(const session_id& me,
                                              const std::vector<part_id>& parts) = 0;
    /// From now on claims of `me` in `parts` are on rows, those of `in_hand` as well.
    virtual void claim_by_row(const session_id& me, const std::vector<part_id>& parts,
                              std::span<const claim> in_hand) = 0;

    /// Which of `held` somebody has asked to cancel. A hint.
    virtual std::vector<claim> cancel_asked(std::span<const claim> held) = 0;

    /// All claims of `me` in `parts`.
    virtual std::vector<claim> held(const session_id& me, const std::vector<part_id>& parts) = 0;

    /// Acknowledges all of `requests` in one transaction.
    virtual doubtful<std::vector<ack_result>> acknowledge(
        std::span<const ack_request> requests) = 0;

    /// How long due items wait in `parts`. A hint.
    virtual std::vector<part_wait> waits(const std::vector<part_id>& parts) = 0;

    virtual void ask_for_help(const help_request& what) = 0;

    /// Parts of others in which `me` may help now, where no more than so many help at once. The
    /// longest waiting first. A hint.
    virtual std::vector<part_id> wanted_help(const session_id& me, int helpers_max) = 0;

    /// Claims as a helper. Without claims nothing has changed: there is no lease that was not there
    /// before.
    virtual doubtful<claimed> help(const help_round& round) = 0;

    /// Ends the leases under which `me` helps in `parts`; it has no claims there.
    virtual void end_help(const session_id& me, const std::vector<part_id>& parts) = 0;
};

/// Claims of `me` in `parts` whose COMMIT got no answer may have worked: once nothing can come of
/// it any more, the items tell. `made` is left with the claims that are new to `book`.
///
/// @param trusted  false ends the asking: the session is over, so its claims are freed anyway
/// @return false when nothing was claimed, or the session is over
bool was_claimed(item_calls& calls, doubtful<claimed>& made, const session_id& me,
                 const std::vector<part_id>& parts, const claim_book& book,
                 const std::function<bool()>& trusted);

}  // namespace leasehold
