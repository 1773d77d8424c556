package io.ztunnel.sandbox.conformance.scenario;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads one step: a mapping with a single field, named after what it does. */
final class StepReader {
    /** Ample: the machine may be busy with other things. */
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private static final Duration QUIET = Duration.ofMillis(300);
    private static final int HBONE_PORT = 15008;
    private static final int SHORT = 100;
    private static final int AT_A_TIME = 32;

    private StepReader() {}

    static Step.Placed read(Item item) {
        Map<String, Item> choice = item.fields();
        if (choice.size() != 1) {
            throw item.error("a step has one field, not " + choice.keySet());
        }
        Map.Entry<String, Item> only = choice.entrySet().iterator().next();
        return new Step.Placed(step(only.getKey(), only.getValue()), item.line());
    }

    private static Step step(String word, Item item) {
        return switch (word) {
            case "finish" -> new Step.Finish(item.text());
            case "close" -> new Step.Close(item.text());
            case "goaway" -> new Step.GoAway(item.text());
            case "cut" -> new Step.Cut(item.text());
            case "abort" -> new Step.Abort(item.text());
            case "revoke" -> new Step.Revoke(item.text());
            case "stop" -> new Step.Stop(item.text(), Step.Ending.TERMINATE);
            case "interrupt" -> new Step.Stop(item.text(), Step.Ending.INTERRUPT);
            case "quit" -> new Step.Stop(item.text(), Step.Ending.QUIT);
            case "capture" -> new Step.Capture(item.text(), true);
            case "release" -> new Step.Capture(item.text(), false);
            case "withdraw" -> new Step.Withdraw(item.list().stream().map(Item::text).toList());
            case "try" -> new Step.Try(read(item).step());
            case "publish" ->
                    new Step.Publish(item.list().stream().map(ResourceTemplate::read).toList());
            default -> {
                FieldReader fields = item.reader();
                Step step = step(word, item, fields);
                fields.end();
                yield step;
            }
        };
    }

    private static Step step(String word, Item item, FieldReader fields) {
        return switch (word) {
            case "listen" ->
                    new Step.Listen(
                            fields.text("as"),
                            fields.text("in"),
                            fields.integer("port", 8080),
                            fields.choice("does", Behaviour.class, Behaviour.HOLD),
                            fields.text("to", ""));
            case "connect" ->
                    new Step.Connect(
                            fields.text("as"),
                            fields.text("from"),
                            fields.text("to"),
                            fields.flag("refused", false),
                            fields.integer("count", 0));
            case "accept" ->
                    new Step.Accept(fields.text("as"), fields.text("of"), within(fields, LIMIT));
            case "send" -> new Step.Send(fields.text("on"), payload(item, fields));
            case "flood" ->
                    new Step.Flood(
                            fields.text("on"),
                            fields.required("count").integer(),
                            fields.required("bytes").integer());
            case "exchange" ->
                    new Step.Exchange(
                            fields.text("on"),
                            fields.integer("count", 0),
                            fields.required("bytes").integer(),
                            within(fields, LIMIT));
            case "expect" -> expect(item, fields);
            case "from" -> new Step.From(fields.text("on"), fields.text("address"));
            case "identity" -> new Step.Identity(fields.text("on"), fields.text("is"));
            case "connections" ->
                    new Step.Connections(
                            fields.text("of"),
                            fields.required("count").integer(),
                            within(fields, LIMIT));
            case "reset" -> new Step.Reset(fields.text("on"), fields.text("code", "CANCEL"));
            case "tunnel" ->
                    new Step.Tunnel(
                            fields.text("as"),
                            fields.text("from"),
                            fields.text("to"),
                            fields.text("identity", "spiffe://cluster.local/ns/mesh/sa/peer"),
                            fields.choice("signer", Step.Signer.class, Step.Signer.MESH),
                            fields.flag("closed", false),
                            fields.text("like", ""));
            case "stream" ->
                    new Step.Stream(
                            fields.text("as"),
                            fields.text("on"),
                            fields.text("method", "CONNECT"),
                            fields.text("authority"),
                            fields.texts("headers"),
                            fields.integer("count", 0));
            case "hbone" ->
                    new Step.Hbone(
                            fields.text("as"),
                            fields.text("in"),
                            fields.integer("port", HBONE_PORT),
                            fields.text("identity", ""),
                            fields.integer("status", 200),
                            fields.texts("headers"),
                            fields.choice("does", Behaviour.class, Behaviour.HOLD),
                            fields.text("to", ""),
                            fields.text("greeting", ""));
            case "stopped" -> new Step.Stopped(fields.text("node"), within(fields, LIMIT));
            case "roll" -> new Step.Roll(fields.text("node"), fields.text("as"), fields.text("in"));
            case "load", "unload", "churn", "idle" -> bulk(word, fields);
            case "descriptors" ->
                    new Step.Descriptors(
                            fields.text("node"), fields.integer("more", 0), within(fields, LIMIT));
            case "log" ->
                    new Step.Log(
                            fields.text("node"),
                            fields.text("level", ""),
                            fields.text("message", ""),
                            fields.text("text", ""),
                            fields.texts("fields"),
                            fields.strings("absent"),
                            fields.integer("count", 1),
                            within(fields, LIMIT));
            case "metric" ->
                    new Step.Metric(
                            fields.text("node"),
                            fields.text("name"),
                            fields.texts("labels"),
                            fields.integer("delta", 1),
                            within(fields, LIMIT));
            case "admin" ->
                    new Step.Admin(
                            fields.text("node"),
                            fields.text("path", "/config_dump"),
                            fields.text("at"),
                            fields.text("is"),
                            within(fields, LIMIT));
            case "http" ->
                    new Step.Http(
                            fields.text("from"),
                            fields.text("to"),
                            fields.text("method", "GET"),
                            fields.text("path", "/"),
                            fields.integer("status", 200),
                            fields.text("contains", ""));
            case "dns" ->
                    new Step.Dns(
                            fields.text("from"),
                            fields.text("query"),
                            fields.text("type", "A"),
                            fields.flag("tcp", false),
                            fields.integer("edns", 0),
                            fields.text("code", "NoError"),
                            fields.text("flags", ""),
                            fields.strings("answers"),
                            fields.integer("count", -1),
                            within(fields, LIMIT));
            default -> throw item.error("there is no such step");
        };
    }

    private static Step.Bulk bulk(String word, FieldReader fields) {
        return switch (word) {
            case "load" ->
                    new Step.Load(
                            fields.text("as"),
                            fields.text("from"),
                            fields.text("to"),
                            fields.required("rate").integer(),
                            fields.integer("bytes", SHORT));
            case "unload" -> new Step.Unload(fields.text("on"), fields.required("made").integer());
            case "churn" ->
                    new Step.Churn(
                            fields.text("from"),
                            fields.text("to"),
                            fields.required("count").integer(),
                            fields.integer("atATime", AT_A_TIME),
                            fields.integer("bytes", SHORT),
                            within(fields, LIMIT));
            default ->
                    new Step.Idle(
                            fields.text("from"),
                            fields.text("to"),
                            fields.required("count").integer(),
                            duration(fields.required("stay")),
                            fields.required("most").integer());
        };
    }

    private static Step expect(Item item, FieldReader fields) {
        String on = fields.text("on");
        Set<String> present = item.fields().keySet();
        if (present.contains("end")) {
            Step.End end = fields.choice("end", Step.End.class, Step.End.CLOSED);
            return new Step.Ended(
                    on,
                    end,
                    fields.text("code", ""),
                    fields.flag("data", false),
                    within(fields, end == Step.End.OPEN ? QUIET : LIMIT));
        }
        if (present.contains("line")) {
            return new Step.Line(on, fields.text("line"), within(fields, LIMIT));
        }
        if (present.contains("headers") || present.contains("status")) {
            Map<String, String> headers = new LinkedHashMap<>(fields.texts("headers"));
            fields.item("status").ifPresent(status -> headers.put(":status", status.text()));
            return new Step.Head(on, headers, fields.strings("absent"), within(fields, LIMIT));
        }
        return new Step.Receive(on, payload(item, fields), within(fields, LIMIT));
    }

    private static Payload payload(Item item, FieldReader fields) {
        List<Payload> given =
                java.util.stream.Stream.of(
                                fields.item("text").map(t -> (Payload) new Payload.Text(t.text())),
                                fields.item("hex").map(t -> (Payload) new Payload.Hex(t.text())),
                                fields.item("bytes")
                                        .map(t -> (Payload) new Payload.Filler(t.integer())))
                        .flatMap(java.util.Optional::stream)
                        .toList();
        if (given.size() != 1) {
            throw item.error("expected exactly one of text, hex, bytes");
        }
        return given.getFirst();
    }

    private static Duration within(FieldReader fields, Duration otherwise) {
        return fields.item("within").map(StepReader::duration).orElse(otherwise);
    }

    private static Duration duration(Item item) {
        String text = item.text();
        if (text.matches("\\d{1,6}ms")) {
            return Duration.ofMillis(Long.parseLong(text.substring(0, text.length() - 2)));
        }
        if (text.matches("\\d{1,4}s")) {
            return Duration.ofSeconds(Long.parseLong(text.substring(0, text.length() - 1)));
        }
        throw item.error("expected a duration such as 300ms or 5s, not '" + text + "'");
    }
}
