package io.ztunnel.sandbox.manifest;

import java.net.InetAddress;
import java.util.Optional;
import java.util.regex.Pattern;

/** IP addresses as Kubernetes writes them: four decimal numbers, or RFC 4291 text without zone. */
public final class IpLiteral {
    private static final String OCTET = "(0|[1-9][0-9]{0,2})";
    private static final Pattern V4 = Pattern.compile(OCTET + "(\\." + OCTET + "){3}");
    private static final Pattern V6 = Pattern.compile("[0-9a-fA-F:]*:[0-9a-fA-F:.]*");

    private IpLiteral() {}

    /**
     * The JDK also takes {@code 10.1} and zones for an address; here they are none.
     *
     * @return 4 or 16 bytes; 4 for an IPv4-mapped IPv6 address
     */
    public static Optional<byte[]> parse(String text) {
        if (!V4.matcher(text).matches() && !V6.matcher(text).matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.ofLiteral(text).getAddress());
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
