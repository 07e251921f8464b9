#include "items/ownership_rules.hpp"

#include <algorithm>
#include <string>

namespace leasehold {

namespace {

std::string named(const ownership_change& row) {
    return "epoch " + std::to_string(row.term.value) + " of part " + std::to_string(row.part.value);
}

}  // namespace

ownership_terms::ownership_terms(const std::vector<ownership_change>& log) {
    for (const auto& row : log) {
        if (row.helps) {
            help(row);
            continue;
        }
        auto& terms = terms_[row.part];
        if (row.to) {
            // A part that is handed over ends its giver's term in the same row.
            if (row.from && !terms.empty() && terms.back().owner == *row.from &&
                !terms.back().ended_at_us) {
                terms.back().ended_at_us = row.at_us;
            }
            take(row, terms);
        } else if (row.from) {
            end(row, terms);
        }
    }
    end_promoted_help();
}

void ownership_terms::help(const ownership_change& row) {
    auto& all = help_[row.part];
    const auto& who = row.to ? *row.to : *row.from;
    const auto open = std::find_if(all.begin(), all.end(), [&](const term& one) {
        return one.owner == who && one.number == row.term && !one.ended_at_us;
    });
    if (row.to) {
        ++help_known_.looked_at;
        if (open != all.end()) {
            help_known_.add("session " + to_text(who) + " began to help in " + named(row) +
                            ", where it helped already");
        }
        all.push_back({.number = row.term, .owner = who, .taken_at_us = row.at_us});
    } else if (open != all.end()) {
        open->ended_at_us = row.at_us;
    } else if (!all.empty()) {  // else the log was pruned up to here
        help_known_.add("session " + to_text(who) + " ended its help in " + named(row) +
                        ", where it did not help");
    }
}

/// A helper that becomes the part's owner does not end its help first.
void ownership_terms::end_promoted_help() {
    for (auto& [part, all] : help_) {
        for (auto& one : all) {
            for (const auto& owned : terms_[part]) {
                if (owned.owner == one.owner && !one.ended_at_us &&
                    owned.number.value > one.number.value) {
                    one.ended_at_us = owned.taken_at_us;
                }
            }
        }
    }
}

void ownership_terms::take(const ownership_change& row, std::vector<term>& terms) {
    ++one_owner_.looked_at;
    if (!terms.empty()) {
        const auto& last = terms.back();
        const auto who = "by session " + to_text(*row.to);
        if (last.number == row.term) {
            one_owner_.add(named(row) + " was taken twice, by session " + to_text(last.owner) +
                           " and " + who);
        } else if (last.number.value + 1 != row.term.value) {
            one_owner_.add(named(row) + " follows epoch " + std::to_string(last.number.value) +
                           ": what lies between them is missing");
        } else if (!last.ended_at_us || *last.ended_at_us > row.at_us + clock_slack_us) {
            one_owner_.add(named(row) + " was taken " + who + " before session " +
                           to_text(last.owner) + " had let it go");
        } else if (last.taken_at_us > row.at_us + clock_slack_us) {
            one_owner_.add(named(row) + " was taken " + who + " before the epoch before it");
        }
    }
    terms.push_back({.number = row.term, .owner = *row.to, .taken_at_us = row.at_us});
}

void ownership_terms::end(const ownership_change& row, std::vector<term>& terms) {
    if (terms.empty()) {
        return;  // the log was pruned up to here
    }
    auto& last = terms.back();
    if (last.number != row.term || last.owner != *row.from) {
        one_owner_.add(named(row) + " was let go by session " + to_text(*row.from) +
                       ", which did not hold it");
    } else if (last.ended_at_us) {
        one_owner_.add(named(row) + " was let go twice by session " + to_text(*row.from));
    } else {
        last.ended_at_us = row.at_us;
    }
}

bool ownership_terms::owned(part_id part, const session_id& session, std::int64_t at_us) const {
    const auto found = terms_.find(part);
    if (found == terms_.end()) {
        return false;
    }
    const auto& terms = found->second;
    auto after =
        std::upper_bound(terms.begin(), terms.end(), at_us + clock_slack_us,
                         [](std::int64_t at, const term& one) { return at < one.taken_at_us; });
    while (after != terms.begin()) {
        --after;
        const bool over = after->ended_at_us && *after->ended_at_us + clock_slack_us < at_us;
        if (!over && after->owner == session) {
            return true;
        }
        if (over) {
            return false;
        }
    }
    return false;
}

bool ownership_terms::helped(part_id part, const session_id& session, std::int64_t at_us) const {
    const auto found = help_.find(part);
    return found != help_.end() &&
           std::any_of(found->second.begin(), found->second.end(), [&](const term& one) {
               return one.owner == session && one.taken_at_us <= at_us + clock_slack_us &&
                      (!one.ended_at_us || at_us <= *one.ended_at_us + clock_slack_us);
           });
}

bool ownership_terms::held(part_id part, const session_id& session, std::int64_t at_us) const {
    return owned(part, session, at_us) || helped(part, session, at_us);
}

bool ownership_terms::took(part_id part, const session_id& session, epoch number) const {
    const auto found = terms_.find(part);
    return found != terms_.end() &&
           std::any_of(found->second.begin(), found->second.end(), [&](const term& one) {
               return one.number == number && one.owner == session;
           });
}

}  // namespace leasehold
