package io.ztunnel.xds;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What we authenticate with. Never printed. */
public sealed interface BearerToken {
    /**
     * The token as of now, without surrounding white space.
     *
     * @throws IOException when there is none to be had
     */
    String read() throws IOException;

    /** The kubelet renews it in place, so it is read for each stream. */
    record File(Path path) implements BearerToken {
        private static final long MAX_BYTES = 64 << 10;

        @Override
        public String read() throws IOException {
            if (Files.size(path) > MAX_BYTES) {
                throw new IOException("token file " + path + " is too large for a token");
            }
            return checked(Files.readString(path, StandardCharsets.UTF_8), "token file " + path);
        }
    }

    record Literal(String value) implements BearerToken {
        @Override
        public String read() throws IOException {
            return checked(value, "the configured token");
        }

        @Override
        public String toString() {
            return "Literal[redacted]";
        }
    }

    private static String checked(String text, String origin) throws IOException {
        String token = text.strip();
        if (token.isEmpty()) {
            throw new IOException(origin + " is empty");
        }
        if (!token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new IOException(origin + " holds characters that no header can carry");
        }
        return token;
    }
}
