#pragma once

#include "worker/bench/figures.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace leasehold::bench {

/// How one number is made of those of all rounds.
enum class over_rounds { median, sum, smallest, largest };

/// What the number has to keep to. Without a limit it stands there for the record.
struct bound {
    enum class kind { none, ratio_at_most, at_most, at_least } what{kind::none};
    double limit{0};
};

inline bound ratio_at_most(double limit) { return {bound::kind::ratio_at_most, limit}; }
inline bound at_most(double limit) { return {bound::kind::at_most, limit}; }
inline bound at_least(double limit) { return {bound::kind::at_least, limit}; }

/// One thing that was measured, both ways, a number a round.
struct row {
    std::string scenario{};
    std::string measure{};  ///< with its unit
    std::vector<double> leasehold{};
    std::vector<double> skip_locked{};  ///< empty: there is nothing to compare with
    bound limit{};
    over_rounds way_of_rounds{over_rounds::median};

    double figure() const;
    std::optional<double> other_figure() const;
    std::optional<double> ratio() const;
    std::string bound_text() const;
    std::string verdict() const;  ///< "met", "not met", or "-" when there is no bound
};

/// All that was measured, and all that could not be.
class report {
public:
    /// A row in which nothing was measured is a failure.
    void add(row one);
    void add_failure(const std::string& scenario, const std::string& why);

    std::string text() const;
    std::string json() const;
    bool complete() const { return failures_.empty() && !rows_.empty(); }

private:
    std::vector<row> rows_{};
    std::vector<std::string> failures_{};
};

}  // namespace leasehold::bench
