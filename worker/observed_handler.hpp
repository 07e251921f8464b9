#pragma once

#include <leasehold/handler.hpp>
#include <leasehold/work_events.hpp>

namespace leasehold {

/// `inner`, which tells `events` when it starts and ends.
/// @param events  outlives what is returned
handler observed(handler inner, work_events& events);

}  // namespace leasehold
