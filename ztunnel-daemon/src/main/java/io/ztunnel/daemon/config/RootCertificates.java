package io.ztunnel.daemon.config;

import java.nio.file.Path;

/**
 * Where the roots that the control plane is verified against come from.
 *
 * <p>The rule: an existing path is a file; {@code SYSTEM} is the operating system's store; a text
 * with a PEM header is the certificates themselves. Anything else is a file that is not there yet,
 * and is looked for again on every connect. (The reference takes that last case for an empty PEM
 * text, trusts nobody and never looks again.)
 */
public sealed interface RootCertificates {
    record File(Path path) implements RootCertificates {}

    record OperatingSystem() implements RootCertificates {}

    record Inline(String pem) implements RootCertificates {
        @Override
        public String toString() {
            return "Inline";
        }
    }

    static RootCertificates of(String text, FileProbe files) {
        if (files.exists(text)) {
            return new File(Path.of(text));
        }
        if (text.equals("SYSTEM")) {
            return new OperatingSystem();
        }
        return text.contains("-----BEGIN") ? new Inline(text) : new File(Path.of(text));
    }
}
