#pragma once

#include <leasehold/ids.hpp>

#include <filesystem>

namespace leasehold::test {

/// A folder of the test's own, gone at its end.
struct own_folder {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("leasehold-test-" + to_text(random_item_id()));
    own_folder() { std::filesystem::create_directory(path); }
    ~own_folder() { std::filesystem::remove_all(path); }
    own_folder(const own_folder&) = delete;
    own_folder& operator=(const own_folder&) = delete;
};

}  // namespace leasehold::test
