# Writes OUTPUT_DIR/schema/sql.hpp and sql.cpp: every SQL file as a constant. Run at build time:
#   cmake -DSOURCE_DIR=... -DOUTPUT_DIR=... "-DQUERIES=a;b" "-DQUEUE=c;d" "-DMIGRATIONS=0001_x"
#         "-DCOCKROACH_MIGRATIONS=0001_y" -P
# Where CockroachDB needs other words, they are in NAME.cockroach.sql beside NAME.sql.
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
string(APPEND header "#include \"sql/dialect.hpp\"\n\n")
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
        set(text "")
        if(EXISTS "${SOURCE_DIR}/${folder}/${name}.sql")  # else only CockroachDB is asked it
            read_statement("${SOURCE_DIR}/${folder}/${name}.sql" text)
        endif()
        set(cockroach "{}")
        if(EXISTS "${SOURCE_DIR}/${folder}/${name}.cockroach.sql")
            read_statement("${SOURCE_DIR}/${folder}/${name}.cockroach.sql" cockroach)
            set(cockroach "R\"sql(${cockroach})sql\"")
        endif()
        string(APPEND header "extern const statement_text ${name};\n")
        string(APPEND source
               "const statement_text ${name}{R\"sql(${text})sql\",\n    ${cockroach}};\n")
    endforeach()
    string(APPEND header "}  // namespace leasehold::${kind}\n\n")
    string(APPEND source "}  // namespace leasehold::${kind}\n\n")
endforeach()

string(APPEND header "namespace leasehold {\n")
string(APPEND header "struct migration {\n    int version;\n    std::string_view name;\n")
string(APPEND header "    std::string_view checksum;\n    std::string_view text;\n};\n\n")
string(APPEND header "/// Every migration this build knows for such servers, oldest first.\n")
string(APPEND header "std::span<const migration> migrations(sql_dialect server);\n")
string(APPEND header "}  // namespace leasehold\n")

# The migrations `names` as the array `variable`.
function(append_migrations variable ending names)
    string(APPEND source "const migration ${variable}[] = {\n")
    foreach(name IN LISTS names)
        string(REGEX MATCH "^([0-9]+)_(.*)$" matched "${name}")
        set(title "${CMAKE_MATCH_2}")
        string(REGEX REPLACE "^0+" "" version "${CMAKE_MATCH_1}")  # forgets what was matched
        set(path "${SOURCE_DIR}/migrations/${name}${ending}")
        file(READ "${path}" text)
        file(SHA256 "${path}" checksum)
        string(APPEND source "    {${version}, \"${title}\", \"${checksum}\",\n")
        string(APPEND source "     R\"sql(${text})sql\"},\n")
    endforeach()
    string(APPEND source "};\n")
    set(source "${source}" PARENT_SCOPE)
endfunction()

string(APPEND source "namespace leasehold {\nnamespace {\n")
append_migrations(for_postgres .sql "${MIGRATIONS}")
append_migrations(for_cockroach .cockroach.sql "${COCKROACH_MIGRATIONS}")
string(APPEND source "}  // namespace\n\n")
string(APPEND source "std::span<const migration> migrations(sql_dialect server) {\n")
string(APPEND source "    if (server == sql_dialect::cockroach) {\n")
string(APPEND source "        return for_cockroach;\n    }\n    return for_postgres;\n}\n")
string(APPEND source "}  // namespace leasehold\n")

file(WRITE "${OUTPUT_DIR}/schema/sql.hpp" "${header}")
file(WRITE "${OUTPUT_DIR}/schema/sql.cpp" "${source}")
