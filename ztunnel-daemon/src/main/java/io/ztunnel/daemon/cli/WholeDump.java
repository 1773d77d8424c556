package io.ztunnel.daemon.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/** All of a dump: every table, or the text as it came. */
final class WholeDump {
    private WholeDump() {}

    /** The views of {@code all}, by their titles. */
    static Map<String, View> views(InstantSource clock) {
        Map<String, View> views = new LinkedHashMap<>();
        views.put("WORKLOAD INFO", new WorkloadView(WorkloadView.Filter.NONE));
        views.put("SERVICE INFO", new ServiceView(""));
        views.put("POLICY INFO", new PolicyView(""));
        views.put("SECRET INFO", new CertificateView(clock));
        views.put(
                "CONNECTIONS INFO",
                new ConnectionView(PodName.ANY, ConnectionView.Direction.BOTH, false));
        return views;
    }

    static List<Section> sections(Map<String, View> views) {
        return views.values().stream().flatMap(view -> view.sections().stream()).toList();
    }

    /** One table after the other, an empty line before each. */
    static void tables(Dump dump, Map<String, View> views, boolean titles, Writer out)
            throws IOException {
        for (Map.Entry<String, View> view : views.entrySet()) {
            out.write('\n');
            if (titles) {
                out.write("------ " + view.getKey() + " ------\n\n");
            }
            view.getValue().table(dump).writeTo(out);
        }
    }

    /**
     * What was read, unchanged, and a line break; nothing unless it is whole. Held in the meantime
     * as a tenth of its size.
     */
    static void json(InputStream in, Writer out) throws IOException {
        ByteArrayOutputStream held = new ByteArrayOutputStream();
        try (OutputStream deflating = new DeflaterOutputStream(held)) {
            Dump.read(new Copying(in, deflating), Set.of());
        }
        InputStream again = new InflaterInputStream(new ByteArrayInputStream(held.toByteArray()));
        new InputStreamReader(again, StandardCharsets.UTF_8).transferTo(out);
        out.write('\n');
    }

    static void yaml(InputStream in, Writer out) throws IOException {
        YamlText.write(Dump.readAll(in), out);
    }

    private static final class Copying extends FilterInputStream {
        private final OutputStream copy;

        Copying(InputStream in, OutputStream copy) {
            super(in);
            this.copy = copy;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int count = super.read(bytes, offset, length);
            if (count > 0) {
                copy.write(bytes, offset, count);
            }
            return count;
        }
    }
}
