package io.ztunnel.sandbox.conformance.scenario;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * One thing that a scenario does or expects. Texts may hold {@link Names}; {@code as} names what a
 * step makes, {@code on} what it uses.
 */
public sealed interface Step {
    /** A TCP server in a pod. */
    record Listen(String as, String in, int port, Behaviour does, String to) implements Step {}

    /**
     * A connection of an application.
     *
     * @param refused whether the connect itself must fail
     * @param count of several, named with a number from 1 on behind; 0 for one without a number
     */
    record Connect(String as, String from, String to, boolean refused, int count) implements Step {}

    /** The next connection or stream that a server with {@link Behaviour#HOLD} has got. */
    record Accept(String as, String of, Duration within) implements Step {}

    record Send(String on, Payload payload) implements Step {}

    /**
     * Sends so many bytes without waiting for them to leave.
     *
     * @param count of several connections, as {@link Connect} names them
     */
    record Flood(String on, int count, int length) implements Step {}

    /**
     * Sends so many bytes on each of several connections, one after the other, and expects them
     * back.
     *
     * @param count of several connections, as {@link Connect} names them; 0 for one
     * @param within for all of them together
     */
    record Exchange(String on, int count, int length, Duration within) implements Step {}

    /** Exactly these bytes come next. */
    record Receive(String on, Payload payload, Duration within) implements Step {}

    /** One line comes next: a text or a /pattern/. */
    record Line(String on, String wanted, Duration within) implements Step {}

    /** The address, without port, that the other side of a connection has here. */
    record From(String on, String address) implements Step {}

    /** Whom the server of a tunnel says it is. */
    record Identity(String on, String is) implements Step {}

    /** How many connections a raw HBONE server has. */
    record Connections(String of, int count, Duration within) implements Step {}

    /** How the other side ends. */
    enum End {
        /** FIN, or END_STREAM. */
        FIN,
        /** RST, or RST_STREAM. */
        RST,
        /** One or the other. */
        CLOSED,
        /** Nothing, for the time given. */
        OPEN
    }

    /**
     * @param code the name of an HTTP/2 error code, or "" for any
     * @param data whether bytes may come before the end
     */
    record Ended(String on, End end, String code, boolean data, Duration within) implements Step {}

    /** The head of an answer or of a CONNECT: each header a text or a /pattern/. */
    record Head(String on, Map<String, String> headers, List<String> absent, Duration within)
            implements Step {}

    record Finish(String on) implements Step {}

    /** Also ends a TCP server. */
    record Close(String on) implements Step {}

    record Reset(String on, String code) implements Step {}

    /** Who signs a certificate. */
    enum Signer {
        MESH,
        /** Another root. */
        OTHER,
        /** There is no certificate. */
        NOBODY
    }

    /**
     * A raw HBONE client's connection.
     *
     * @param closed whether it must be refused before it can be used
     * @param like the tunnel that has shown the same certificate before, or ""
     */
    record Tunnel(
            String as,
            String from,
            String to,
            String identity,
            Signer signer,
            boolean closed,
            String like)
            implements Step {}

    /**
     * A request in a tunnel; headers are sent as they are, also pseudo-headers.
     *
     * @param count of several, as {@link Connect} names them; 0 for one
     */
    record Stream(
            String as,
            String on,
            String method,
            String authority,
            Map<String, String> headers,
            int count)
            implements Step {}

    /** A raw HBONE server. */
    record Hbone(
            String as,
            String in,
            int port,
            String identity,
            int status,
            Map<String, String> headers,
            Behaviour does,
            String to,
            String greeting)
            implements Step {}

    /** Every connection of a raw HBONE server, or a tunnel, says GOAWAY. */
    record GoAway(String on) implements Step {}

    /** Every connection of a raw HBONE server is closed without a word of HTTP/2. */
    record Cut(String of) implements Step {}

    /** Every connection of a raw HBONE server, or a tunnel, is reset without a word of TLS. */
    record Abort(String of) implements Step {}

    /** Adds or replaces resources. */
    record Publish(List<ResourceTemplate> resources) implements Step {}

    /** Takes resources away, by the names that xDS knows them by. */
    record Withdraw(List<String> resources) implements Step {}

    /** Revokes the certificate of a tunnel or raw server. */
    record Revoke(String of) implements Step {}

    /** How a ztunnel can be asked to end. */
    enum Ending {
        /** SIGTERM. */
        TERMINATE,
        /** SIGINT. */
        INTERRUPT,
        /** POST /quitquitquit. */
        QUIT
    }

    /** Asks the ztunnel of a node to end; it is started again after the scenario. */
    record Stop(String node, Ending how) implements Step {}

    /** The ztunnel of the node has ended. */
    record Stopped(String node, Duration within) implements Step {}

    /**
     * A second ztunnel of the node starts beside the one that runs, and is ready. It is gone after
     * the scenario.
     *
     * @param as names it where steps want a node
     * @param in the pod that it runs in
     */
    record Roll(String node, String as, String in) implements Step {}

    /** The node agent takes a pod out of the mesh, or brings it in again. */
    record Capture(String pod, boolean captured) implements Step {}

    /**
     * A line in the log of a ztunnel since the scenario began.
     *
     * @param message the start of its message, or ""
     * @param text the whole line, "" for any: a text or a /pattern/
     * @param fields each a text or a /pattern/
     * @param count how many such lines there are, exactly
     */
    record Log(
            String node,
            String level,
            String message,
            String text,
            Map<String, String> fields,
            List<String> absent,
            int count,
            Duration within)
            implements Step {}

    /**
     * How much all series of that name with at least these labels have grown since the scenario
     * began.
     */
    record Metric(String node, String name, Map<String, String> labels, long delta, Duration within)
            implements Step {}

    /**
     * A value in the JSON of an admin page.
     *
     * @param at steps such as {@code workloads[name=server].services[0]}
     * @param is its text, or a /pattern/; "absent" when there must be none
     */
    record Admin(String node, String path, String at, String is, Duration within) implements Step {}

    /** An HTTP/1.1 request from a pod or node. */
    record Http(String from, String to, String method, String path, int status, String contains)
            implements Step {}

    /** Does a step that need not succeed. */
    record Try(Step step) implements Step {}

    /** Of many connections at once. */
    sealed interface Bulk extends Step {}

    /**
     * Short connections to a server that echoes, until {@link Unload}.
     *
     * @param rate connections in a second
     * @param length how many bytes each sends
     */
    record Load(String as, String from, String to, int rate, int length) implements Bulk {}

    /**
     * Ends a load, of which every connection went well.
     *
     * @param made how many there are at least
     */
    record Unload(String on, int made) implements Bulk {}

    /** So many short connections to a server that echoes, as fast as they go; all go well. */
    record Churn(String from, String to, int count, int atATime, int length, Duration within)
            implements Bulk {}

    /**
     * So many connections to a server that echoes, or as many as the descriptors of this process
     * allow, stay open; each echoes before and after. What they cost is told with the result.
     *
     * @param most bytes of memory of a ztunnel for each of them
     */
    record Idle(String from, String to, int count, Duration stay, int most) implements Bulk {}

    /**
     * The process of a ztunnel has no more descriptors than before the scenario.
     *
     * @param more so many may be more: what is opened once and kept
     */
    record Descriptors(String node, int more, Duration within) implements Step {}

    /**
     * A question that an application asks a name server, and what must come back.
     *
     * @param type of records, such as {@code AAAA}
     * @param tcp whether it is asked over TCP
     * @param edns the size of answers that it says it can take, or 0
     * @param flags of the answer, such as {@code qr aa rd ra}, or "" for any
     * @param answers each {@code OWNER TYPE DATA}, a text or a /pattern/, in any order
     * @param count how many answers there are, instead; negative when they are listed
     */
    record Dns(
            String from,
            String query,
            String type,
            boolean tcp,
            int edns,
            String code,
            String flags,
            List<String> answers,
            int count,
            Duration within)
            implements Step {}

    /** Where a step stands, for those who must say that it failed. */
    record Placed(Step step, int line) {}
}
