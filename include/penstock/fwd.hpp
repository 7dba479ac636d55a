// Forward declarations of the public types.
#pragma once

#include <expected>
#include <memory>

namespace penstock {

struct Error;
template <typename T>
using Result = std::expected<T, Error>;

class Value;
class Params;
struct DataType;
struct Field;
class Schema;
using SchemaPtr = std::shared_ptr<const Schema>;
struct ArrayData;
class Cell;
class Row;
class RecordBatch;
class ColumnBuilder;

class Deadline;
struct Grant;
struct QueryOptions;
class QueryObserver;
struct QueryResult;
class ResultStream;

struct Analysis;
class BatchReader;
class Connection;
class DataSource;
struct DataSourceType;
class DataSourceRegistry;
struct DataSourceConfig;
class Settings;
struct DatabaseSchema;
struct TableInfo;

class DataSourceManager;

}  // namespace penstock
