#include "penstock/arrow.hpp"

#include "core/arrow_types.hpp"

namespace penstock {

namespace {

// A node of an exported type or array owns its children until its release; a consumer may move a child away
// first, by clearing the child's own release.
template <typename Node>
struct Owned {
  std::vector<std::unique_ptr<Node>> nodes;
  std::vector<Node*> pointers;

  Node* add() {
    nodes.push_back(std::make_unique<Node>());
    pointers.push_back(nodes.back().get());
    return pointers.back();
  }
  ~Owned() {
    for (const auto& node : nodes) {
      if (node->release != nullptr) node->release(node.get());
    }
  }
};

struct ExportedSchema {
  std::string format;
  std::string name;
  std::string metadata;
  Owned<ArrowSchema> children;
};

struct ExportedArray {
  RecordBatch batch;  // keeps the memory
  std::array<const void*, 3> buffers{};
  Owned<ArrowArray> children;
};

void release_schema(ArrowSchema* schema) {
  delete static_cast<ExportedSchema*>(schema->private_data);
  schema->release = nullptr;
}

void release_array(ArrowArray* array) {
  delete static_cast<ExportedArray*>(array->private_data);
  array->release = nullptr;
}

void append_sized(std::string& out, std::string_view text) {
  const auto size = static_cast<std::int32_t>(text.size());
  out.append(reinterpret_cast<const char*>(&size), sizeof size);
  out.append(text);
}

std::string encode_metadata(const ArrowExtension& extension) {
  if (extension.name.empty()) return {};
  std::string encoded;
  const std::int32_t pairs = 2;
  encoded.append(reinterpret_cast<const char*>(&pairs), sizeof pairs);
  append_sized(encoded, kExtensionName);
  append_sized(encoded, extension.name);
  append_sized(encoded, kExtensionMetadata);
  append_sized(encoded, extension.metadata);
  return encoded;
}

void fill(ArrowSchema* out, std::unique_ptr<ExportedSchema> exported, bool nullable) {
  *out = ArrowSchema{};
  out->format = exported->format.c_str();
  out->name = exported->name.c_str();
  out->metadata = exported->metadata.empty() ? nullptr : exported->metadata.c_str();
  out->flags = nullable ? ARROW_FLAG_NULLABLE : 0;
  out->n_children = static_cast<std::int64_t>(exported->children.pointers.size());
  out->children = exported->children.pointers.data();
  out->release = release_schema;
  out->private_data = exported.release();
}

void export_type(const DataType& type, std::string name, bool nullable, ArrowSchema* out) {
  auto exported = std::make_unique<ExportedSchema>();
  exported->format = arrow_format(type.id);
  exported->name = std::move(name);
  exported->metadata = encode_metadata(arrow_extension(type.id));
  if (type.id == TypeId::list) {
    export_type(type.element ? *type.element : DataType(), "item", true, exported->children.add());
  } else if (type.id == TypeId::variant) {
    for (const TypeId alternative : kVariantTypes) {
      export_type(alternative, std::string(to_string(alternative)), true, exported->children.add());
    }
  }
  fill(out, std::move(exported), nullable);
}

void fill(ArrowArray* out, std::unique_ptr<ExportedArray> exported, std::int64_t length,
          std::int64_t null_count, std::int64_t buffers) {
  *out = ArrowArray{};
  out->length = length;
  out->null_count = null_count;
  out->n_buffers = buffers;
  out->buffers = exported->buffers.data();
  out->n_children = static_cast<std::int64_t>(exported->children.pointers.size());
  out->children = exported->children.pointers.data();
  out->release = release_array;
  out->private_data = exported.release();
}

void export_array(const RecordBatch& batch, const ArrayData& array, ArrowArray* out) {
  auto exported = std::make_unique<ExportedArray>();
  exported->batch = batch;
  for (const ArrayData& child : array.children)
    export_array(batch, child, exported->children.add());
  std::int64_t buffers = 2;
  switch (array.type.id) {
    case TypeId::null:
      buffers = 0;
      break;
    case TypeId::list:
      exported->buffers = {array.validity, array.offsets, nullptr};
      break;
    case TypeId::variant:
      exported->buffers = {array.values, array.offsets, nullptr};
      break;
    case TypeId::decimal:
    case TypeId::string:
    case TypeId::bytes:
    case TypeId::json:
      exported->buffers = {array.validity, array.offsets, array.values};
      buffers = 3;
      break;
    default:
      exported->buffers = {array.validity, array.values, nullptr};
  }
  fill(out, std::move(exported), array.length, array.null_count, buffers);
}

}  // namespace

void export_schema(const Schema& schema, ArrowSchema* out) {
  auto exported = std::make_unique<ExportedSchema>();
  exported->format = "+s";
  for (const Field& field : schema.fields()) {
    export_type(field.type, field.name, field.nullable, exported->children.add());
  }
  fill(out, std::move(exported), false);
}

void export_batch(const RecordBatch& batch, ArrowArray* out) {
  auto exported = std::make_unique<ExportedArray>();
  for (std::size_t i = 0; i < batch.num_columns(); ++i) {
    export_array(batch, batch.column(i), exported->children.add());
  }
  fill(out, std::move(exported), batch.num_rows(), 0, 1);
}

}  // namespace penstock
