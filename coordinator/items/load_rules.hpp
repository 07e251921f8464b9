#pragma once

#include <leasehold/time.hpp>

#include <cstdint>

namespace leasehold {

/// What happened in one part between two looks at it.
struct part_work {
    std::int64_t ended{0};    ///< runs of handlers that came to their end
    std::int64_t backlog{0};  ///< items that are due now, up to backlog_max()
};

/// How many due items of one part are counted, so that a look at a long backlog costs little: all
/// sessions of a queue together read less than a million index entries. The same for every part of
/// a queue, whoever holds it, or parts could not be compared.
/// @param part_count  1 to 1024
/// @return 976 to 10'000
std::int64_t backlog_max(int part_count) noexcept;

/// Items a second that are done, and that would have to be done for the backlog to be gone in five
/// seconds. A part that nobody gets to work in has a load all the same.
/// @param elapsed  more than 0
double measured_load(const part_work& seen, milliseconds elapsed) noexcept;

/// `load`, measured for `known_for`, as it goes on when `measured` was seen for `elapsed` more:
/// half of what was is forgotten every 15 s. The first measure is the load: if it rose to that from
/// nothing, parts would count for the more the longer they have been measured.
/// @param elapsed  more than 0
double decayed_load(double load, milliseconds known_for, double measured,
                    milliseconds elapsed) noexcept;

/// Is `load` so far from what is `written` that a plan might come out otherwise?
bool is_worth_writing(double written, double load) noexcept;

}  // namespace leasehold
