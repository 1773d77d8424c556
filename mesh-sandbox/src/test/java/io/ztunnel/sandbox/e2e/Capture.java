package io.ztunnel.sandbox.e2e;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What crosses the link of a node while this is open, as tcpdump writes it (pcap(5)). */
final class Capture implements AutoCloseable {
    private static final int FILE_HEADER = 24;
    private static final int PACKET_HEADER = 16;
    private static final int ETHERNET_HEADER = 14;
    private static final int IPV4 = 0x0800;
    private static final int IPV6 = 0x86DD;
    private static final int IPV6_HEADER = 40;
    private static final int TCP = 6;
    private static final int END_SECONDS = 20;

    /** A TCP segment; {@code payload} is empty for a bare acknowledgement. */
    record Segment(int sourcePort, int destinationPort, byte[] payload) {
        boolean touches(int port) {
            return sourcePort == port || destinationPort == port;
        }

        /** Begins with a handshake or application data record (RFC 8446, 5.1). */
        boolean isTlsRecord() {
            return payload.length > 5
                    && (payload[0] == 22 || payload[0] == 23)
                    && payload[1] == 3
                    && payload[2] <= 4;
        }

        boolean contains(String text) {
            return new String(payload, StandardCharsets.ISO_8859_1).contains(text);
        }
    }

    private final Process tcpdump;
    private final Path file;

    private Capture(Process tcpdump, Path file) {
        this.tcpdump = tcpdump;
        this.file = file;
    }

    /** Returns once packets are seen. */
    static Capture on(Place node) throws IOException {
        Path file = Files.createTempFile("e2e-capture", ".pcap");
        List<String> line = new ArrayList<>(List.of("ip", "netns", "exec", node.namespace()));
        line.addAll(List.of("tcpdump", "-i", "eth0", "-n", "-U", "--immediate-mode"));
        line.addAll(List.of("-Z", "root", "-w", file.toString()));
        Process tcpdump = new ProcessBuilder(line).start();
        Capture capture = new Capture(tcpdump, file);
        BufferedReader words = tcpdump.errorReader();
        for (String text = words.readLine(); text != null; text = words.readLine()) {
            if (text.contains("listening on")) {
                // What else it says is little: the counts at its end.
                return capture;
            }
        }
        capture.close();
        throw new IOException("tcpdump ended at once");
    }

    /** Ends it and returns what it has seen. */
    List<Segment> end() throws IOException {
        tcpdump.destroy();
        try {
            if (!tcpdump.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("tcpdump does not end");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
        return segments(ByteBuffer.wrap(Files.readAllBytes(file)));
    }

    private static List<Segment> segments(ByteBuffer pcap) {
        pcap.order(ByteOrder.nativeOrder());
        List<Segment> segments = new ArrayList<>();
        pcap.position(FILE_HEADER);
        while (pcap.remaining() >= PACKET_HEADER) {
            int length = pcap.getInt(pcap.position() + 8);
            int start = pcap.position() + PACKET_HEADER;
            if (start + length > pcap.limit()) {
                break;
            }
            add(pcap.slice(start, length).order(ByteOrder.BIG_ENDIAN), segments);
            pcap.position(start + length);
        }
        return segments;
    }

    private static void add(ByteBuffer packet, List<Segment> segments) {
        int type = packet.getShort(ETHERNET_HEADER - 2) & 0xffff;
        ByteBuffer ip = packet.slice(ETHERNET_HEADER, packet.limit() - ETHERNET_HEADER);
        int header;
        int end;
        int protocol;
        switch (type) {
            case IPV4 -> {
                header = (ip.get(0) & 0x0f) * 4;
                end = ip.getShort(2) & 0xffff;
                protocol = ip.get(9);
            }
            case IPV6 -> {
                header = IPV6_HEADER;
                end = IPV6_HEADER + (ip.getShort(4) & 0xffff);
                protocol = ip.get(6);
            }
            default -> {
                return;
            }
        }
        if (protocol == TCP) {
            // A length of 0 is a segment the sender left to the device to cut.
            int size = end == 0 || end == IPV6_HEADER ? ip.limit() : Math.min(end, ip.limit());
            ByteBuffer tcp = ip.slice(header, size - header);
            int offset = ((tcp.get(12) >> 4) & 0x0f) * 4;
            byte[] payload = new byte[tcp.limit() - offset];
            tcp.get(offset, payload);
            segments.add(new Segment(tcp.getShort(0) & 0xffff, tcp.getShort(2) & 0xffff, payload));
        }
    }

    @Override
    public void close() throws IOException {
        tcpdump.destroyForcibly();
        Files.deleteIfExists(file);
    }
}
