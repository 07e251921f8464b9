# Writes OUTPUT_DIR/schema/sql.hpp and sql.cpp: every SQL file as a constant. Run at build time:
#   cmake -DSOURCE_DIR=... -DOUTPUT_DIR=... "-DQUERIES=a;b" "-DQUEUE=c;d" "-DMIGRATIONS=0001_x" -P
# Comment lines stay in the files: the server is sent the statement only. Migrations go whole, so
# that their checksum is the file's.

function(read_statement path result)
    file(READ "${path}" text)
    string(REGEX REPLACE "(^|\n)--[^\n]*" "\\1" text "${text}")
    string(STRIP "${text}" text)
    set(${result} "${text}" PARENT_SCOPE)
endfunction()

set(header "// Made by schema/embed_sql.cmake from the files in schema/. Do not edit.\n")
string(APPEND header "#pragma once\n\n")
string(APPEND header "#include <span>\n#include <string_view>\n\n")
set(source "#include \"schema/sql.hpp\"\n\n")

foreach(kind IN ITEMS query queue_ddl)
    if(kind STREQUAL query)
        set(folder queries)
        set(names ${QUERIES})
    else()
        set(folder queue)
        set(names ${QUEUE})
    endif()
    string(APPEND header "namespace leasehold::${kind} {\n")
    string(APPEND source "namespace leasehold::${kind} {\n")
    foreach(name IN LISTS names)
        read_statement("${SOURCE_DIR}/${folder}/${name}.sql" text)
        string(APPEND header "extern const std::string_view ${name};\n")
        string(APPEND source "const std::string_view ${name} = R\"sql(${text})sql\";\n")
    endforeach()
    string(APPEND header "}  // namespace leasehold::${kind}\n\n")
    string(APPEND source "}  // namespace leasehold::${kind}\n\n")
endforeach()

string(APPEND header "namespace leasehold {\n")
string(APPEND header "struct migration {\n    int version;\n    std::string_view name;\n")
string(APPEND header "    std::string_view checksum;\n    std::string_view text;\n};\n\n")
string(APPEND header "/// Every migration this build knows, oldest first.\n")
string(APPEND header "std::span<const migration> migrations();\n}  // namespace leasehold\n")

string(APPEND source "namespace leasehold {\nnamespace {\nconst migration known[] = {\n")
foreach(name IN LISTS MIGRATIONS)
    string(REGEX MATCH "^([0-9]+)_(.*)$" matched "${name}")
    set(title "${CMAKE_MATCH_2}")
    string(REGEX REPLACE "^0+" "" version "${CMAKE_MATCH_1}")  # forgets what was matched
    set(path "${SOURCE_DIR}/migrations/${name}.sql")
    file(READ "${path}" text)
    file(SHA256 "${path}" checksum)
    string(APPEND source "    {${version}, \"${title}\", \"${checksum}\",\n")
    string(APPEND source "     R\"sql(${text})sql\"},\n")
endforeach()
string(APPEND source "};\n}  // namespace\n\n")
string(APPEND source "std::span<const migration> migrations() { return known; }\n")
string(APPEND source "}  // namespace leasehold\n")

file(WRITE "${OUTPUT_DIR}/schema/sql.hpp" "${header}")
file(WRITE "${OUTPUT_DIR}/schema/sql.cpp" "${source}")
