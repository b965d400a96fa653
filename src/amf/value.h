#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ingress::amf {

class Value;
struct Property;

struct Undefined {
  bool operator==(const Undefined&) const = default;
};

struct Null {
  bool operator==(const Null&) const = default;
};

/// A value that is well formed but has no meaning here: marker 0x0D, or an AMF0 reference.
struct Unsupported {
  bool operator==(const Unsupported&) const = default;
};

struct Date {
  double milliseconds = 0;  // since the Unix epoch
  std::int16_t zone = 0;    // reserved, 0 on the wire
  bool operator==(const Date&) const = default;
};

/// Markers 0x03 (object) and 0x10 (typed object). Properties keep their order on the wire.
struct Object {
  std::vector<Property> properties;
  std::string class_name;  // empty: anonymous
  bool operator==(const Object& other) const;
};

/// Marker 0x08: named properties behind an advisory count.
struct EcmaArray {
  std::vector<Property> properties;
  bool operator==(const EcmaArray& other) const;
};

/// Marker 0x0A.
struct StrictArray {
  std::vector<Value> values;
  bool operator==(const StrictArray& other) const;
};

/// One AMF value, a tree. Strings are bytes: invalid UTF-8 is kept as it came.
class Value {
 public:
  using Variant = std::variant<Undefined, Null, bool, double, std::string, Object, EcmaArray,
                               StrictArray, Date, Unsupported>;

  Value();
  // Implicit, so that replies read like the tables of the specification.
  Value(bool value);
  Value(double value);
  Value(int value);
  Value(std::uint32_t value);
  Value(const char* text);
  Value(std::string_view text);
  Value(std::string text);
  Value(Null null);
  Value(Unsupported unsupported);
  Value(Date date);
  Value(Object object);
  Value(EcmaArray array);
  Value(StrictArray array);

  // Out of line, because Property is not complete here.
  Value(const Value& other);
  Value(Value&& other) noexcept;
  Value& operator=(const Value& other);
  Value& operator=(Value&& other) noexcept;
  ~Value();

  const Variant& data() const { return data_; }

  /// The value as the named type; null or empty when it is another one. Never converts.
  const std::string* AsString() const { return std::get_if<std::string>(&data_); }
  std::optional<double> AsNumber() const;

  /// The properties of an object or ECMA array, null for anything else.
  const std::vector<Property>* AsProperties() const;

  /// The first property of that name of an object or ECMA array; null when there is none.
  const Value* Find(std::string_view name) const;

  bool operator==(const Value& other) const;

 private:
  Variant data_;
};

struct Property {
  std::string name;
  Value value;
  bool operator==(const Property& other) const = default;
};

}  // namespace ingress::amf
