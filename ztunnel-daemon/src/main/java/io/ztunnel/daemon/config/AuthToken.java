package io.ztunnel.daemon.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The bearer token for the control plane. Its value never appears in a text form. */
public sealed interface AuthToken {
    record None() implements AuthToken {
        @Override
        public String read() {
            return "";
        }
    }

    /** The kubelet rotates the file, so it is read for every request. */
    record TokenFile(Path path) implements AuthToken {
        private static final int MAX_BYTES = 64 * 1024;

        @Override
        public String read() throws IOException {
            long size = Files.size(path);
            if (size > MAX_BYTES) {
                throw new IOException("token file " + path + " is too large: " + size + " bytes");
            }
            String token = Files.readString(path).strip();
            if (token.isEmpty()) {
                throw new IOException("token file " + path + " is empty");
            }
            return token;
        }
    }

    record Literal(String value) implements AuthToken {
        @Override
        public String read() {
            return value;
        }

        @Override
        public String toString() {
            return "Literal[***]";
        }
    }

    /**
     * The token to send now, without surrounding white space; "" for none.
     *
     * @throws IOException when the file cannot be read or is empty
     */
    String read() throws IOException;
}
