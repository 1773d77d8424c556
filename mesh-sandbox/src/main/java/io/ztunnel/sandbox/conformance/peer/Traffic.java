package io.ztunnel.sandbox.conformance.peer;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Short connections to a server that echoes, one after the other on each of several threads. Each
 * sends its bytes and its end, and is to get both back.
 */
public final class Traffic implements AutoCloseable {
    private static final int WAIT_MILLIS = 15_000;
    private static final int EXAMPLES = 3;

    private final Connector connector;
    private final Plan plan;
    private final long start = System.nanoTime();
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger made = new AtomicInteger();
    private final List<Thread> threads = new ArrayList<>();

    // Guarded by this.
    private final List<String> examples = new ArrayList<>();
    private int refused;
    private int lost;
    private volatile boolean ended;

    /**
     * @param threads how many connections are open at a time, at most
     * @param rate connections in a second, 0 for as many as there can be
     * @param count of all, 0 for as many as fit in before the {@link #end}
     * @param length how many bytes each sends
     */
    public record Plan(int threads, int rate, int count, int length) {}

    /**
     * @param made connections that went well
     * @param refused connects that failed
     * @param lost connections that did not get everything back
     * @param examples what happened to some of the latter two
     */
    public record Outcome(int made, int refused, int lost, List<String> examples) {
        public Outcome {
            examples = List.copyOf(examples);
        }

        public boolean isClean() {
            return refused == 0 && lost == 0;
        }
    }

    /** Makes a connection, in blocking mode. */
    interface Connector {
        SocketChannel connect() throws IOException;
    }

    private Traffic(Connector connector, Plan plan) {
        this.connector = connector;
        this.plan = plan;
    }

    public static Traffic start(Place from, InetSocketAddress to, Plan plan) {
        return start(() -> from.connect(to), plan);
    }

    static Traffic start(Connector connector, Plan plan) {
        Traffic traffic = new Traffic(connector, plan);
        for (int i = 0; i < plan.threads(); i++) {
            // Sockets are made in a namespace, which takes a platform thread.
            traffic.threads.add(
                    Thread.ofPlatform()
                            .daemon()
                            .name("traffic")
                            .start(traffic::connectAgainAndAgain));
        }
        return traffic;
    }

    private void connectAgainAndAgain() {
        byte[] bytes = new byte[plan.length()];
        Arrays.fill(bytes, (byte) 'x');
        while (!ended) {
            int number = begun.getAndIncrement();
            if (plan.count() > 0 && number >= plan.count()) {
                return;
            }
            if (!awaitTurn(number)) {
                return;
            }
            connect(bytes);
        }
    }

    /** Whether there is a turn at all before the end. */
    private boolean awaitTurn(int number) {
        if (plan.rate() == 0) {
            return true;
        }
        Duration due = Duration.ofSeconds(1).multipliedBy(number).dividedBy(plan.rate());
        Duration left = due.minusNanos(System.nanoTime() - start);
        if (left.isPositive()) {
            try {
                Thread.sleep(left);
            } catch (InterruptedException interrupted) {
                return false;
            }
        }
        return !ended;
    }

    private void connect(byte[] bytes) {
        SocketChannel channel;
        try {
            channel = connector.connect();
        } catch (IOException failed) {
            note(true, "connect: " + failed.getMessage());
            return;
        }
        try (Socket socket = channel.socket()) {
            socket.setSoTimeout(WAIT_MILLIS);
            socket.setTcpNoDelay(true);
            String local = SocketPeer.text((InetSocketAddress) socket.getLocalSocketAddress());
            try {
                socket.getOutputStream().write(bytes);
                socket.shutdownOutput();
                byte[] back = socket.getInputStream().readAllBytes();
                if (Arrays.equals(bytes, back)) {
                    made.incrementAndGet();
                } else {
                    note(false, local + " gets back " + back.length + " of " + bytes.length);
                }
            } catch (IOException failed) {
                note(false, local + ": " + failed.getMessage());
            }
        } catch (IOException failed) {
            note(false, String.valueOf(failed.getMessage()));
        }
    }

    private synchronized void note(boolean isRefusal, String what) {
        if (isRefusal) {
            refused++;
        } else {
            lost++;
        }
        if (examples.size() < EXAMPLES) {
            Duration at = Duration.ofNanos(System.nanoTime() - start);
            examples.add("after " + at.toMillis() + " ms, " + what);
        }
    }

    /** Waits until all connections of the plan are over, or the time is. */
    public Outcome await(Duration limit) throws IOException {
        long deadline = System.nanoTime() + limit.toNanos();
        for (Thread thread : threads) {
            join(thread, deadline - System.nanoTime());
        }
        ended = true;
        return outcome();
    }

    /** Begins no further connection and waits for those there are. */
    public Outcome end() throws IOException {
        ended = true;
        return await(Duration.ofMillis(2 * WAIT_MILLIS));
    }

    private static void join(Thread thread, long nanos) throws IOException {
        try {
            thread.join(Duration.ofNanos(Math.max(0, nanos)));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }

    private synchronized Outcome outcome() {
        return new Outcome(made.get(), refused, lost, examples);
    }

    @Override
    public void close() {
        ended = true;
    }
}
