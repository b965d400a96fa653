#include "amf/value.h"

#include <algorithm>
#include <utility>

namespace ingress::amf {

bool Object::operator==(const Object& other) const = default;
bool EcmaArray::operator==(const EcmaArray& other) const = default;
bool StrictArray::operator==(const StrictArray& other) const = default;

Value::Value() = default;
Value::Value(bool value) : data_(value) {}
Value::Value(double value) : data_(value) {}
Value::Value(int value) : data_(static_cast<double>(value)) {}
Value::Value(std::uint32_t value) : data_(static_cast<double>(value)) {}
Value::Value(const char* text) : data_(std::string(text)) {}
Value::Value(std::string_view text) : data_(std::string(text)) {}
Value::Value(std::string text) : data_(std::move(text)) {}
Value::Value(Null null) : data_(null) {}
Value::Value(Unsupported unsupported) : data_(unsupported) {}
Value::Value(Date date) : data_(date) {}
Value::Value(Object object) : data_(std::move(object)) {}
Value::Value(EcmaArray array) : data_(std::move(array)) {}
Value::Value(StrictArray array) : data_(std::move(array)) {}

Value::Value(const Value& other) = default;
Value::Value(Value&& other) noexcept = default;
Value& Value::operator=(const Value& other) = default;
Value& Value::operator=(Value&& other) noexcept = default;
Value::~Value() = default;
bool Value::operator==(const Value& other) const = default;

std::optional<double> Value::AsNumber() const {
  const auto* number = std::get_if<double>(&data_);
  return number ? std::optional(*number) : std::nullopt;
}

const std::vector<Property>* Value::AsProperties() const {
  if (const auto* object = std::get_if<Object>(&data_)) return &object->properties;
  if (const auto* array = std::get_if<EcmaArray>(&data_)) return &array->properties;
  return nullptr;
}

const Value* Value::Find(std::string_view name) const {
  const std::vector<Property>* properties = AsProperties();
  if (!properties) return nullptr;
  const auto found = std::ranges::find(*properties, name, &Property::name);
  return found == properties->end() ? nullptr : &found->value;
}

}  // namespace ingress::amf
