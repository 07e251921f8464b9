#pragma once

#include <array>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>

namespace leasehold::test {

/// What can go wrong between a CockroachDB and its client.
enum class fault {
    restart_at_statement,   ///< 40001, in a transaction of several statements
    restart_at_commit,      ///< 40001 at COMMIT, after all rows were returned
    ambiguous_committed,    ///< 40003 at COMMIT, or at a change alone; it was committed
    ambiguous_rolled_back,  ///< 40003 at COMMIT, or at a change alone; it was not
    lost_before_commit,     ///< the connection ends where the client sends COMMIT
    lost_after_commit,      ///< it was committed; the connection ends instead of an answer
    cancelled,              ///< 57014 at a statement
    lock_timeout,           ///< 55P03 at a statement
};
inline constexpr std::size_t fault_kinds = 8;

std::string_view to_text(fault one);
std::optional<fault> fault_named(std::string_view name) noexcept;

/// How often one happens.
struct fault_rate {
    double probability{0};
    int most{INT_MAX};  ///< and then no more
};

/// Chance, and the count of what it did. From any thread.
class fault_source {
public:
    using chance = std::mt19937_64;

    void set(fault one, fault_rate rate);
    void clear();
    /// Only to connections with `part` in their application_name; "" is all of them.
    void only(std::string part);

    /// Is it to happen now, to a connection of that name?
    bool draw(fault one, chance& dice, std::string_view application_name);
    void happened(fault one);
    int count(fault one) const;

    /// Anything else worth counting.
    void note(const std::string& what);
    int count(const std::string& what) const;

    /// Lines of `what  how often`, without those that never happened.
    std::string table() const;

private:
    mutable std::mutex lock_;
    std::array<fault_rate, fault_kinds> rates_{};
    std::array<int, fault_kinds> counts_{};
    std::map<std::string, int> notes_{};
    std::string part_{};
};

}  // namespace leasehold::test
