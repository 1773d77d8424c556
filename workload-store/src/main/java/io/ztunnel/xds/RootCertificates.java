package io.ztunnel.xds;

import java.nio.file.Path;

/** Whom to trust as the control plane. */
public sealed interface RootCertificates {
    /** PEM, read again for each connection. */
    record File(Path path) implements RootCertificates {}

    /** The bundle of the operating system, read again for each connection. */
    record OperatingSystem() implements RootCertificates {}

    /** The PEM text itself. */
    record Inline(String pem) implements RootCertificates {
        /** The text would fill a log. */
        @Override
        public String toString() {
            return "Inline";
        }
    }
}
