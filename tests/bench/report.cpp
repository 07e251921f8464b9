#include "tests/bench/report.hpp"

#include "worker/cli/text_table.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <numeric>
#include <stdexcept>

namespace leasehold::bench {

namespace {

/// Three digits that say something, or the whole number.
std::string number_text(double number) {
    const int digits = number == std::floor(number) ? 0
                       : std::abs(number) >= 100    ? 0
                       : std::abs(number) >= 10     ? 1
                                                    : 2;
    std::string text(32, '\0');
    text.resize(
        static_cast<std::size_t>(std::snprintf(text.data(), text.size(), "%.*f", digits, number)));
    return text;
}

std::string number_text(const std::optional<double>& number) {
    return number ? number_text(*number) : "-";
}

double figure_of(const std::vector<double>& rounds, over_rounds how) {
    switch (how) {
        case over_rounds::median: return median(rounds);
        case over_rounds::sum: return std::accumulate(rounds.begin(), rounds.end(), 0.0);
        case over_rounds::smallest: return *std::min_element(rounds.begin(), rounds.end());
        case over_rounds::largest: return *std::max_element(rounds.begin(), rounds.end());
    }
    throw std::logic_error("no such way to make one number of many");
}

std::string name_of(over_rounds how) {
    switch (how) {
        case over_rounds::median: return "median";
        case over_rounds::sum: return "sum";
        case over_rounds::smallest: return "smallest";
        case over_rounds::largest: return "largest";
    }
    throw std::logic_error("no such way to make one number of many");
}

}  // namespace

double row::figure() const { return figure_of(leasehold, way_of_rounds); }

std::optional<double> row::other_figure() const {
    return skip_locked.empty() ? std::nullopt
                               : std::optional{figure_of(skip_locked, way_of_rounds)};
}

std::optional<double> row::ratio() const {
    const auto other = other_figure();
    return other && *other > 0 ? std::optional{figure() / *other} : std::nullopt;
}

std::string row::bound_text() const {
    switch (limit.what) {
        case bound::kind::none: return "-";
        case bound::kind::ratio_at_most: return "<= " + number_text(limit.limit) + " x";
        case bound::kind::at_most: return "<= " + number_text(limit.limit);
        case bound::kind::at_least: return ">= " + number_text(limit.limit);
    }
    throw std::logic_error("no such bound");
}

std::string row::verdict() const {
    const auto say = [](bool met) { return met ? "met" : "not met"; };
    switch (limit.what) {
        case bound::kind::none: return "-";
        case bound::kind::ratio_at_most: return say(ratio() && *ratio() <= limit.limit);
        case bound::kind::at_most: return say(figure() <= limit.limit);
        case bound::kind::at_least: return say(figure() >= limit.limit);
    }
    throw std::logic_error("no such bound");
}

void report::add(row one) {
    if (one.leasehold.empty()) {
        if (std::any_of(failures_.begin(), failures_.end(),
                        [&](const auto& failure) { return failure.starts_with(one.scenario); })) {
            return;  // it has been said why
        }
        add_failure(one.scenario, one.measure + ": nothing was measured");
        return;
    }
    rows_.push_back(std::move(one));
}

void report::add_failure(const std::string& scenario, const std::string& why) {
    failures_.push_back(scenario + ": " + why);
}

std::string report::text() const {
    text_table table{
        {"scenario", "measure", "Leasehold", "SKIP LOCKED", "ratio", "bound", "verdict"}};
    std::string last;
    for (const auto& one : rows_) {
        table.add({one.scenario == last ? "" : one.scenario, one.measure, number_text(one.figure()),
                   number_text(one.other_figure()), number_text(one.ratio()), one.bound_text(),
                   one.verdict()});
        last = one.scenario;
    }
    auto text = table.text();
    for (const auto& one : failures_) {
        text += "FAILED " + one + "\n";
    }
    return text;
}

std::string report::json() const {
    auto rows = nlohmann::json::array();
    for (const auto& one : rows_) {
        nlohmann::json made{{"scenario", one.scenario},
                            {"measure", one.measure},
                            {"over_rounds", name_of(one.way_of_rounds)},
                            {"leasehold", one.figure()},
                            {"leasehold_rounds", one.leasehold},
                            {"bound", one.bound_text()},
                            {"verdict", one.verdict()}};
        if (const auto other = one.other_figure()) {
            made["skip_locked"] = *other;
            made["skip_locked_rounds"] = one.skip_locked;
        }
        if (const auto ratio = one.ratio()) {
            made["ratio"] = *ratio;
        }
        rows.push_back(std::move(made));
    }
    return nlohmann::json{{"rows", rows}, {"failures", failures_}}.dump(2) + "\n";
}

}  // namespace leasehold::bench
