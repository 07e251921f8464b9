#pragma once

#include <leasehold/ids.hpp>

namespace leasehold::test {

/// The session whose id begins with that byte and is 0 elsewhere.
inline session_id session(unsigned char first) {
    session_id id;
    id.value.data[0] = first;
    return id;
}

}  // namespace leasehold::test
