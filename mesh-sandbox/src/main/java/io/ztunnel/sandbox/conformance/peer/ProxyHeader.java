package io.ztunnel.sandbox.conformance.peer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;

/** The PROXY protocol's header of version 2, told in a line. */
final class ProxyHeader {
    private static final byte[] SIGNATURE = HexFormat.of().parseHex("0d0a0d0a000d0a515549540a");
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final int FIXED = 16;
    private static final int STREAM_4 = 0x11;
    private static final int STREAM_6 = 0x21;

    private ProxyHeader() {}

    /**
     * Such as {@code "PROXY 10.0.0.1:12 10.0.0.2:80 d0=spiffe://...\n"}; {@code UNSPEC} in place of
     * addresses; {@code "none\n"} for bytes that are no such header.
     */
    static String read(Inbox inbox) throws IOException {
        byte[] fixed = inbox.take(FIXED, LIMIT);
        if (fixed.length < FIXED || !Arrays.equals(fixed, 0, 12, SIGNATURE, 0, 12)) {
            return "none\n";
        }
        ByteBuffer rest =
                ByteBuffer.wrap(inbox.take(ByteBuffer.wrap(fixed).getShort(14) & 0xffff, LIMIT));
        StringBuilder line = new StringBuilder(fixed[12] == 0x21 ? "PROXY" : "LOCAL");
        switch (fixed[13]) {
            case STREAM_4 -> addresses(rest, 4, line);
            case STREAM_6 -> addresses(rest, 16, line);
            default -> line.append(" UNSPEC");
        }
        while (rest.remaining() >= 3) {
            int type = rest.get() & 0xff;
            byte[] value = new byte[Math.min(rest.getShort() & 0xffff, rest.remaining())];
            rest.get(value);
            line.append(' ')
                    .append(HexFormat.of().toHexDigits((byte) type))
                    .append('=')
                    .append(new String(value, StandardCharsets.UTF_8));
        }
        return line.append('\n').toString();
    }

    private static void addresses(ByteBuffer from, int length, StringBuilder line)
            throws IOException {
        byte[] source = new byte[length];
        byte[] destination = new byte[length];
        from.get(source).get(destination);
        for (byte[] address : new byte[][] {source, destination}) {
            int port = from.getShort() & 0xffff;
            InetSocketAddress socket =
                    new InetSocketAddress(InetAddress.getByAddress(address), port);
            line.append(' ').append(SocketPeer.text(socket));
        }
    }
}
