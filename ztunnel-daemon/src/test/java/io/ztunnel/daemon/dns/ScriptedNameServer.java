package io.ztunnel.daemon.dns;

import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** A name server on a free port of this machine that says what the test has it say. */
final class ScriptedNameServer implements AutoCloseable {
    /** How a question is answered: with each of these, in this order. */
    @FunctionalInterface
    interface Script {
        List<byte[]> answers(Message question, boolean overTcp) throws IOException;
    }

    private final DatagramSocket udp;
    private final ServerSocket tcp;
    private volatile Script script = (question, overTcp) -> List.of();

    /** Who has asked what, such as {@code udp www.example. A}. */
    final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

    final List<Integer> ports = new ArrayList<>();

    ScriptedNameServer() throws IOException {
        Sockets sockets = Sockets.bind(InetAddress.ofLiteral("127.0.0.1"));
        udp = sockets.udp();
        tcp = sockets.tcp();
        Thread.ofVirtual().start(this::serveUdp);
        Thread.ofVirtual().start(this::serveTcp);
    }

    /** Of one port. */
    private record Sockets(DatagramSocket udp, ServerSocket tcp) {
        static Sockets bind(InetAddress local) throws IOException {
            while (true) {
                DatagramSocket udp = new DatagramSocket(0, local);
                try {
                    return new Sockets(udp, new ServerSocket(udp.getLocalPort(), 50, local));
                } catch (BindException taken) {
                    udp.close();
                }
            }
        }
    }

    int port() {
        return udp.getLocalPort();
    }

    void says(Script answers) {
        script = answers;
    }

    /** An answer to that question with these records. */
    static Message reply(Message question, int code, Record... answers) {
        Message reply = new Message(question.getHeader().getID());
        reply.getHeader().setFlag(Flags.QR);
        reply.getHeader().setFlag(Flags.RA);
        reply.getHeader().setRcode(code);
        reply.addRecord(question.getQuestion(), Section.QUESTION);
        for (Record record : answers) {
            reply.addRecord(record, Section.ANSWER);
        }
        return reply;
    }

    private List<byte[]> answers(byte[] bytes, boolean overTcp) throws IOException {
        Message question = new Message(bytes);
        Record asked = question.getQuestion();
        heard.add(
                (overTcp ? "tcp " : "udp ")
                        + asked.getName()
                        + " "
                        + org.xbill.DNS.Type.string(asked.getType()));
        return script.answers(question, overTcp);
    }

    private void serveUdp() {
        try {
            while (true) {
                DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
                udp.receive(packet);
                synchronized (ports) {
                    ports.add(packet.getPort());
                }
                byte[] bytes = java.util.Arrays.copyOf(packet.getData(), packet.getLength());
                for (byte[] answer : answers(bytes, false)) {
                    udp.send(
                            new DatagramPacket(
                                    answer,
                                    answer.length,
                                    new InetSocketAddress(packet.getAddress(), packet.getPort())));
                }
            }
        } catch (IOException closed) {
            heard.add("closed");
        }
    }

    private void serveTcp() {
        try {
            while (true) {
                try (Socket socket = tcp.accept()) {
                    DataInputStream in = new DataInputStream(socket.getInputStream());
                    DataOutputStream out = new DataOutputStream(socket.getOutputStream());
                    for (byte[] answer : answers(in.readNBytes(in.readUnsignedShort()), true)) {
                        out.writeShort(answer.length);
                        out.write(answer);
                    }
                }
            }
        } catch (IOException closed) {
            heard.add("closed");
        }
    }

    @Override
    public void close() throws IOException {
        udp.close();
        tcp.close();
    }
}
