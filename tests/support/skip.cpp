#include "tests/support/skip.hpp"

#include <gtest/gtest.h>

namespace leasehold::test {

void skip_here(const std::string& why) {
    GTEST_MESSAGE_(why.c_str(), testing::TestPartResult::kSkip);
    // To GoogleTest this exception says that all has been reported already.
    throw testing::AssertionException(
        testing::TestPartResult(testing::TestPartResult::kSkip, __FILE__, __LINE__, why.c_str()));
}

}  // namespace leasehold::test
