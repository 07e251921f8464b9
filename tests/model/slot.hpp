#pragma once

#include "tests/model/fleet_worker.hpp"

#include <string>

namespace leasehold::model {

/// One thread of a worker's pool, with the connection it runs handlers on.
struct fleet_worker::slot {
    slot(fleet_worker& of, int number);

    actor thread;
    line on;
    doubt_line_calls doubts;
};

}  // namespace leasehold::model
