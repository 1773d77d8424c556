package io.ztunnel.daemon.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** What {@code -o} chooses. */
enum OutputFormat {
    /** A table for people. */
    SHORT,
    JSON,
    YAML;

    static final class Converter implements ITypeConverter<OutputFormat> {
        @Override
        public OutputFormat convert(String value) {
            return switch (value) {
                case "short", "summary" -> SHORT;
                case "json" -> JSON;
                case "yaml" -> YAML;
                default ->
                        throw new TypeConversionException(
                                "output format \""
                                        + value
                                        + "\" is not supported; it is one of json, yaml, short");
            };
        }
    }
}
