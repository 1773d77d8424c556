package io.ztunnel.xds;

import java.nio.file.Path;

/** Whom to trust as the control plane. */
public sealed interface RootCertificates {
    /** PEM, read again for each connection. */
    record File(Path path) implements RootCertificates {}

    /** The trust store of the operating system, else what the JDK came with. */
    record OperatingSystem() implements RootCertificates {}

    /** The PEM text itself. */
    record Inline(String pem) implements RootCertificates {}
}
