package io.ztunnel.sandbox.conformance.scenario;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;

/**
 * Reads protobuf messages from YAML in their JSON form, with two differences: bytes are written as
 * the literal of the address that they hold, and an element of a list with {@code $(NAME.ips)}
 * somewhere below stands for one element for each address.
 */
final class ProtoReader {
    private static final String WRAPPER = "google.protobuf.UInt32Value";

    private final Names names;

    /** Which of several addresses is meant by what is being read. */
    private int index;

    ProtoReader(Names names) {
        this.names = names;
    }

    /**
     * Sets the fields that the item has; lists replace what was there.
     *
     * @throws BadScenarioException for a field that the message does not have
     */
    void merge(Map<String, Item> fields, Message.Builder builder) {
        fields.forEach((name, value) -> field(find(name, value, builder), value, builder));
    }

    private static FieldDescriptor find(String name, Item value, Message.Builder builder) {
        Descriptor type = builder.getDescriptorForType();
        return type.getFields().stream()
                .filter(f -> f.getName().equals(name) || f.getJsonName().equals(name))
                .findFirst()
                .orElseThrow(
                        () -> value.error("unknown field: " + type.getFullName() + " has none"));
    }

    private void field(FieldDescriptor field, Item value, Message.Builder builder) {
        if (field.isMapField()) {
            map(field, value, builder);
        } else if (field.isRepeated()) {
            builder.clearField(field);
            for (Item element : value.list()) {
                int outer = index;
                int count = names.repeats(element.scalars());
                for (int i = 0; i < count; i++) {
                    index = count == 1 ? outer : i;
                    builder.addRepeatedField(field, value(field, element, builder));
                }
                index = outer;
            }
        } else {
            builder.setField(field, value(field, value, builder));
        }
    }

    private void map(FieldDescriptor field, Item value, Message.Builder builder) {
        builder.clearField(field);
        FieldDescriptor key = field.getMessageType().findFieldByName("key");
        FieldDescriptor content = field.getMessageType().findFieldByName("value");
        value.fields()
                .forEach(
                        (name, item) -> {
                            Message.Builder entry = builder.newBuilderForField(field);
                            entry.setField(key, names.expand(name, index));
                            entry.setField(content, value(content, item, entry));
                            builder.addRepeatedField(field, entry.build());
                        });
    }

    private Object value(FieldDescriptor field, Item item, Message.Builder parent) {
        return switch (field.getJavaType()) {
            case STRING -> expand(item);
            case INT, LONG -> number(field, item);
            case BOOLEAN -> item.flag();
            case BYTE_STRING -> address(item);
            case ENUM -> constant(field, item);
            case MESSAGE -> message(field, item, parent);
            case FLOAT, DOUBLE -> throw item.error("fractions are not used in these messages");
        };
    }

    private String expand(Item item) {
        try {
            return names.expand(item.text(), index);
        } catch (IllegalArgumentException unknown) {
            throw unknown instanceof BadScenarioException bad
                    ? bad
                    : item.error(String.valueOf(unknown.getMessage()));
        }
    }

    private Object number(FieldDescriptor field, Item item) {
        try {
            long number = Long.parseLong(expand(item));
            return field.getJavaType() == FieldDescriptor.JavaType.INT
                    ? (Object) Math.toIntExact(number)
                    : (Object) number;
        } catch (ArithmeticException | NumberFormatException e) {
            throw item.error("expected a number, not '" + item.text() + "'");
        }
    }

    private ByteString address(Item item) {
        String text = expand(item);
        try {
            return ByteString.copyFrom(InetAddress.ofLiteral(text).getAddress());
        } catch (IllegalArgumentException e) {
            throw item.error("'" + text + "' is not an IP address");
        }
    }

    private static EnumValueDescriptor constant(FieldDescriptor field, Item item) {
        EnumValueDescriptor constant = field.getEnumType().findValueByName(item.text());
        if (constant == null) {
            List<String> all =
                    field.getEnumType().getValues().stream()
                            .map(EnumValueDescriptor::getName)
                            .toList();
            throw item.error("'" + item.text() + "' is not one of " + String.join(", ", all));
        }
        return constant;
    }

    private Message message(FieldDescriptor field, Item item, Message.Builder parent) {
        Message.Builder builder = parent.newBuilderForField(field);
        if (field.getMessageType().getFullName().equals(WRAPPER)) {
            FieldDescriptor wrapped = field.getMessageType().findFieldByName("value");
            builder.setField(wrapped, number(wrapped, item));
        } else {
            merge(item.fields(), builder);
        }
        return builder.build();
    }
}
