#pragma once

#include "items/history_rules.hpp"

#include <string>
#include <vector>

namespace leasehold::test {

inline constexpr std::int64_t second = 1'000'000;

inline boost::uuids::uuid uuid_of(std::uint8_t last) {
    boost::uuids::uuid made{};
    made.data[15] = last;
    return made;
}
inline const session_id anna{uuid_of(0xa)};
inline const session_id bert{uuid_of(0xb)};

/// A history of part 0, made up row by row as a test wants it; a second lies between two rows. The
/// server's clock and the clients' are one.
class story {
public:
    story() {
        owns(anna);
        coverage_.push_back({.part = {0}, .on_at_us = 0, .switched_on = 1, .firing = 4});
    }

    story& owns(const session_id& who) {
        log_.push_back({.part = {0}, .term = {++epoch_}, .to = who, .at_us = now()});
        return *this;
    }
    story& lets_go(const session_id& who) {
        log_.push_back({.part = {0}, .term = {epoch_}, .from = who, .at_us = now()});
        return *this;
    }
    story& helps(const session_id& who) {
        log_.push_back({.part = {0}, .term = {epoch_}, .to = who, .at_us = now(), .helps = true});
        return *this;
    }
    story& helps_no_more(const session_id& who) {
        log_.push_back({.part = {0}, .term = {epoch_}, .from = who, .at_us = now(), .helps = true});
        return *this;
    }
    story& item(std::uint8_t number) {
        item_ = {uuid_of(number)};
        return *this;
    }
    story& row(audited what, std::int64_t token = 0, std::optional<session_id> who = {}) {
        const bool now_there = what == audited::present || what == audited::dead;
        const auto at = now();
        rows_.push_back({.item = item_,
                         .seq = now_there ? INT64_MAX : at,
                         .what = what,
                         .session = who,
                         .fence = {token},
                         .at_us = at});
        return *this;
    }
    /// Enqueued, then done under token 1 by anna.
    story& done() {
        return row(audited::enqueued)
            .row(audited::claimed, 1, anna)
            .row(audited::completed, 1, anna);
    }
    story& hears(told what, std::int64_t token, const session_id& who,
                 asked change = asked::completed) {
        const auto at = now();
        told_.push_back({.item = item_,
                         .session = who,
                         .fence = {token},
                         .wall_us = at,
                         .steady_us = at,
                         .line = ++line_,
                         .what = what,
                         .change = change});
        return *this;
    }
    story& starts_by_lease(std::int64_t token, const session_id& who, std::int64_t term) {
        hears(told::started, token, who);
        told_.back().by_lease = {term};
        return *this;
    }
    story& took(const session_id& who, std::int64_t epoch_taken) {
        told_.push_back({.session = who, .fence = {epoch_taken}, .what = told::part_taken});
        return *this;
    }
    story& covered(audit_coverage how) {
        coverage_ = {how};
        return *this;
    }
    story& within(std::chrono::seconds limit) {
        settled_within_ = limit;
        return *this;
    }

    std::vector<finding> judged() const {
        const std::vector<std::string> files =
            told_.empty() ? std::vector<std::string>{} : std::vector<std::string>{"w.jsonl"};
        history_judge judge{coverage_, log_, told_history{files, told_}, settled_within_};
        for (const auto& one : rows_) {
            judge.see(one);
        }
        return judge.verdict();
    }
    /// The rules that are broken, each with its first example.
    std::vector<std::string> broken() const {
        std::vector<std::string> names;
        for (const auto& one : judged()) {
            if (!one.holds()) {
                names.push_back(one.name);
            }
        }
        return names;
    }
    std::string example_of(const std::string& rule) const {
        for (const auto& one : judged()) {
            if (one.name == rule && !one.holds()) {
                return one.examples.front();
            }
        }
        return "";
    }

private:
    std::int64_t now() { return ++clock_ * second; }

    std::int64_t clock_{0};
    std::int64_t epoch_{0};
    std::uint32_t line_{0};
    item_id item_{uuid_of(1)};
    std::vector<audit_coverage> coverage_{};
    std::vector<ownership_change> log_{};
    std::vector<audit_event> rows_{};
    std::vector<told_event> told_{};
    std::optional<std::chrono::seconds> settled_within_{};
};

/// Names of rules, as broken() answers them.
using rules = std::vector<std::string>;

inline const std::string covers = "the audit covers all the time";
inline const std::string something = "there is a history to judge";
inline const std::string one_owner = "a part had one owner at a time";
inline const std::string by_owner = "an item was claimed by an owner or helper of its part";
inline const std::string tokens = "a token rises by one at each claim";
inline const std::string one_claim = "an item had one claim at a time";
inline const std::string one_end = "an item ended at most once";
inline const std::string holder = "a claim was ended by the claim that held";
inline const std::string no_loss = "no item is lost";
inline const std::string in_time = "every item ended in time";
inline const std::string in_log = "a part that a client took is in the ownership log";
inline const std::string under_claim = "a handler ran under a claim of the audit";
inline const std::string told_done = "what a client was told is acknowledged is in the audit";
inline const std::string told_lost = "what a client was told is lost is not in the audit";
inline const std::string overlaps = "a claim was over when the next run of its item began";

}  // namespace leasehold::test
