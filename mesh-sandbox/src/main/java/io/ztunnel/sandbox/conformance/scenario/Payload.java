package io.ztunnel.sandbox.conformance.scenario;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Bytes as a scenario writes them. */
public sealed interface Payload {
    /** UTF-8, after names are replaced. */
    record Text(String text) implements Payload {}

    /** So many bytes of a pattern whose period fits no buffer, so that a shift shows. */
    record Filler(int length) implements Payload {}

    /** Pairs of hexadecimal digits, spaces between them allowed, after names are replaced. */
    record Hex(String digits) implements Payload {}

    int PERIOD = 251;

    default byte[] bytes(Names names) {
        return switch (this) {
            case Text(String text) -> names.expand(text).getBytes(StandardCharsets.UTF_8);
            case Hex(String digits) ->
                    HexFormat.of().parseHex(names.expand(digits).replace(" ", ""));
            case Filler(int length) -> {
                byte[] bytes = new byte[length];
                for (int i = 0; i < length; i++) {
                    bytes[i] = (byte) (i % PERIOD);
                }
                yield bytes;
            }
        };
    }
}
