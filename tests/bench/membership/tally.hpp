#pragma once

#include <leasehold/time.hpp>

#include <cstdint>
#include <map>
#include <string_view>

namespace leasehold::membership {

/// What statements cost the database: rows it finds on the way to an answer, those that it returns
/// and those that only say that there is none alike, and rows it inserts, changes or deletes.
struct cost {
    std::int64_t statements{0};
    std::int64_t read{0};
    std::int64_t written{0};

    std::int64_t rows() const { return read + written; }
    cost& operator+=(const cost& other) {
        statements += other.statements;
        read += other.read;
        written += other.written;
        return *this;
    }
};

/// Adds up the cost of statements by the name of their file in schema/queries.
class tally {
public:
    void add(std::string_view name, cost of, steady_time now) {
        by_name_[name] += of;
        total_ += of;
        const auto second = std::chrono::duration_cast<std::chrono::seconds>(now - since_).count();
        if (second != second_) {
            second_ = second;
            in_second_ = {};
        }
        in_second_ += of;
        busiest_statements_ = std::max(busiest_statements_, in_second_.statements);
        busiest_rows_ = std::max(busiest_rows_, in_second_.rows());
    }
    void start_over(steady_time now) {
        *this = {};
        since_ = now;
    }

    const cost& total() const { return total_; }
    const std::map<std::string_view, cost>& by_name() const { return by_name_; }
    /// What every session does all the time.
    cost standing() const {
        cost all;
        for (const auto* name : {"queue_watch", "session_extend"}) {
            if (const auto found = by_name_.find(name); found != by_name_.end()) {
                all += found->second;
            }
        }
        return all;
    }
    std::int64_t busiest_statements() const { return busiest_statements_; }
    std::int64_t busiest_rows() const { return busiest_rows_; }

private:
    steady_time since_{};
    std::map<std::string_view, cost> by_name_{};
    cost total_{};
    std::int64_t second_{-1};
    cost in_second_{};
    std::int64_t busiest_statements_{0};
    std::int64_t busiest_rows_{0};
};

}  // namespace leasehold::membership
