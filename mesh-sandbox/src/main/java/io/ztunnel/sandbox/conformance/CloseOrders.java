package io.ztunnel.sandbox.conformance;

import java.util.ArrayList;
import java.util.List;

/**
 * Every order in which two ends of a connection can end, as scenarios. Each pair of events is tried
 * on a connection that has carried bytes both ways, and once more with bytes between the events
 * where the rules let bytes pass.
 */
final class CloseOrders {
    static final String FILE = "close-orders (generated)";

    /** Who holds the two ends. */
    private enum Topology {
        APPS("client", "server"),
        RAW_CLIENT("raw client", "server"),
        RAW_SERVER("client", "raw server");

        private final String near;
        private final String far;

        Topology(String near, String far) {
            this.near = near;
            this.far = far;
        }

        private boolean isRaw(boolean nearSide) {
            return nearSide ? this == RAW_CLIENT : this == RAW_SERVER;
        }

        private List<Event> events(boolean nearSide) {
            return isRaw(nearSide)
                    ? List.of(Event.END_STREAM, Event.CANCEL, Event.ERROR, Event.GOAWAY, Event.LOSS)
                    : List.of(Event.FIN, Event.RST);
        }
    }

    /** What one side may do. */
    private enum Event {
        FIN("FIN", "fin", true),
        RST("RST", "fin", false),
        END_STREAM("END_STREAM", "fin", true),
        CANCEL("RST_STREAM(CANCEL)", "closed", false),
        ERROR("RST_STREAM(INTERNAL_ERROR)", "closed", false),
        GOAWAY("GOAWAY", "open", true),
        LOSS("close_notify", "closed", false);

        private final String text;

        /** How the other side sees it. */
        private final String seen;

        /** Whether the side can still receive afterwards. */
        private final boolean receives;

        Event(String text, String seen, boolean receives) {
            this.text = text;
            this.seen = seen;
            this.receives = receives;
        }
    }

    private final StringBuilder text = new StringBuilder("scenarios:\n");
    private int connections;

    private CloseOrders() {}

    /** As the text of a file of scenarios. */
    static String text() {
        CloseOrders orders = new CloseOrders();
        for (Topology topology : Topology.values()) {
            for (boolean near : List.of(true, false)) {
                for (Event first : topology.events(near)) {
                    orders.add(topology, near, first);
                }
            }
        }
        return orders.text.toString();
    }

    private void add(Topology topology, boolean near, Event first) {
        String who = near ? topology.near : topology.far;
        String other = near ? topology.far : topology.near;
        line(0, "- name: close orders of " + who + " and " + other + ", " + first.text + " first");
        line(1, "rules: [01-6.4-3, 01-6.4-4, 01-6.4-8, 01-7-1, 01-7-9]");
        if (topology == Topology.RAW_SERVER) {
            line(1, "resources:");
            line(
                    2,
                    "- workload: {pod: server, waypoint: {address: {address: $(waypoint.ip)},"
                            + " hbone_mtls_port: 15008}}");
        }
        line(1, "steps:");
        step(
                topology == Topology.RAW_SERVER
                        ? "hbone: {as: app, in: waypoint}"
                        : "listen: {as: app, in: server}");
        for (Event second : seconds(topology, near, first)) {
            order(topology, near, first, second, false);
            if (first.receives) {
                order(topology, near, first, second, true);
            }
        }
    }

    private static List<Event> seconds(Topology topology, boolean near, Event first) {
        List<Event> events = new ArrayList<>(topology.events(!near));
        // Nobody can go away from a connection that is lost or ends with its peer anyway.
        if (!first.receives) {
            events.remove(Event.GOAWAY);
        }
        return events;
    }

    private void order(
            Topology topology, boolean near, Event first, Event second, boolean between) {
        connections++;
        String c = "c" + connections;
        String s = "s" + connections;
        open(topology, c, s);
        String one = near ? c : s;
        String other = near ? s : c;
        carry(c, s);
        carry(s, c);
        act(topology, near, first, one);
        expect(other, first.seen);
        if (between) {
            carry(other, one);
        }
        act(topology, !near, second, other);
        if (first.receives) {
            expect(one, second.seen);
        }
    }

    private void open(Topology topology, String c, String s) {
        if (topology == Topology.RAW_CLIENT) {
            step("tunnel: {as: t" + c + ", from: peer, to: \"$(server):15008\"}");
            step("stream: {as: " + c + ", on: t" + c + ", authority: \"$(server):8080\"}");
            step("expect: {on: " + c + ", status: 200}");
        } else {
            step("connect: {as: " + c + ", from: client, to: \"$(server):8080\"}");
        }
        step("accept: {as: " + s + ", of: app}");
    }

    private void carry(String from, String to) {
        step("send: {on: " + from + ", text: bytes of " + from + "}");
        step("expect: {on: " + to + ", text: bytes of " + from + "}");
    }

    private void act(Topology topology, boolean near, Event event, String who) {
        String tunnel = near ? "t" + who : "app";
        step(
                switch (event) {
                    case FIN, END_STREAM -> "finish: " + who;
                    case RST -> "reset: {on: " + who + "}";
                    case CANCEL -> "reset: {on: " + who + ", code: CANCEL}";
                    case ERROR -> "reset: {on: " + who + ", code: INTERNAL_ERROR}";
                    case GOAWAY -> "goaway: " + tunnel;
                    case LOSS ->
                            topology == Topology.RAW_CLIENT ? "close: " + tunnel : "cut: " + tunnel;
                });
    }

    private void expect(String who, String seen) {
        step(
                "expect: {on: "
                        + who
                        + ", end: "
                        + seen
                        + (seen.equals("open") ? ", within: 20ms" : "")
                        + "}");
    }

    private void step(String step) {
        line(2, "- " + step);
    }

    private void line(int depth, String line) {
        text.repeat(" ", 2 + 2 * depth).append(line).append('\n');
    }
}
