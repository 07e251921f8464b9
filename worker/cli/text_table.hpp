#pragma once

#include <string>
#include <vector>

namespace leasehold {

/// Aligned columns for people. Programs are given JSON instead.
///
/// A column whose cells are all numbers, "-" or empty, with at least one number, is aligned right.
/// Control characters in cells are shown as escapes (utf8_text.hpp), so that data cannot drive the
/// terminal. Width is counted in characters: wide and combining ones may come out a little off.
class text_table {
public:
    explicit text_table(std::vector<std::string> headers);

    /// Adds a row.
    ///
    /// @throws std::invalid_argument unless it has one cell for each header
    void add(std::vector<std::string> cells);

    /// Headers and rows, two blanks between columns, no blanks at line ends, each line with its
    /// '\n'. A table without rows is its headers.
    std::string text() const;

private:
    std::vector<std::vector<std::string>> rows_;  ///< printable; the first holds the headers
};

}  // namespace leasehold
