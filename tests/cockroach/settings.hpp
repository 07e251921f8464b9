#pragma once

#include <string_view>

namespace leasehold::test {

/// What a CockroachDB does with a session variable.
enum class setting_use {
    shared,     ///< both servers have it
    no_effect,  ///< accepted with a warning
    its_own,    ///< PostgreSQL has none of that name
    refused,    ///< known as PostgreSQL's, and not there: 0A000
    unknown,    ///< 42704
};

/// @param name  in lower case
setting_use use_of_setting(std::string_view name);

}  // namespace leasehold::test
