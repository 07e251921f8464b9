#include "sql/server_remarks.hpp"

#include "sql/link.hpp"

#include <algorithm>
#include <array>

namespace leasehold {

namespace {

constexpr int versions_a_major = 10'000;

/// Minors in which INSERT ... ON CONFLICT reads the row that it meets without a predicate lock.
struct holed_minors {
    int major;
    int last;  ///< the newest one known to have the hole
};

/// Of 15 the next minor, 15.20, is known not to have it. Of the others those of the day of 15.19,
/// of which 17.11 was seen to have it: newer ones are given the benefit of the doubt.
constexpr std::array<holed_minors, 4> holed{{{.major = 15, .last = 19},
                                             {.major = 16, .last = 15},
                                             {.major = 17, .last = 11},
                                             {.major = 18, .last = 5}}};

}  // namespace

std::string server_remark(int server_version) {
    const int major = server_version / versions_a_major;
    const int minor = server_version % versions_a_major;
    const bool has_hole = std::any_of(holed.begin(), holed.end(), [&](const holed_minors& one) {
        return one.major == major && minor <= one.last;
    });
    if (!has_hole) {
        return "";
    }
    return "PostgreSQL " + std::to_string(major) + "." + std::to_string(minor) +
           " does not see what INSERT ... ON CONFLICT reads at SERIALIZABLE; mended in " +
           (major == 15 ? "15.20" : "the minors of November 2026, by the notes of 15.20") +
           ". Leasehold decides nothing by such a read; SERIALIZABLE transactions of your own may";
}

std::string server_remark(connection& on) {
    return traits_of(on.dialect()).reports_its_release
               ? server_remark(on.opened().session.server_version())
               : "";
}

}  // namespace leasehold
