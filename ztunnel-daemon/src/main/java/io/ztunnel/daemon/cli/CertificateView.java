package io.ztunnel.daemon.cli;

import org.jspecify.annotations.Nullable;

import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Certificates and the roots that they are verified with, in the order of the dump.
 *
 * @param clock what VALID CERT is judged by
 */
record CertificateView(InstantSource clock) implements View {
    private static final String NONE = "NA";
    private static final Pattern DECIMAL = Pattern.compile("[-+]?[0-9]{1,1000}");

    @Override
    public List<Section> sections() {
        return entrySections();
    }

    @Override
    public List<Section> entrySections() {
        return List.of(Section.CERTIFICATES);
    }

    @Override
    public @Nullable List<JsonObject> entries(Dump dump) {
        return dump.value(Section.CERTIFICATES) == null ? null : dump.entries(Section.CERTIFICATES);
    }

    @Override
    public Table table(Dump dump) {
        Table table =
                new Table(
                        5,
                        "CERTIFICATE NAME",
                        "TYPE",
                        "STATUS",
                        "VALID CERT",
                        "SERIAL NUMBER",
                        "NOT AFTER",
                        "NOT BEFORE");
        for (JsonObject identity : dump.entries(Section.CERTIFICATES)) {
            rows(identity, table);
        }
        return table;
    }

    private void rows(JsonObject identity, Table table) {
        List<JsonObject> chain = identity.objects("certChain");
        List<JsonObject> roots = identity.objects("rootCerts");
        if (chain.isEmpty()) {
            table.row(identity.text("identity"), NONE, state(identity), "false", NONE, NONE, NONE);
            return;
        }
        for (int i = 0; i < chain.size(); i++) {
            // Before there were rootCerts the root was the last of the chain.
            boolean root = roots.isEmpty() && i == chain.size() - 1;
            row(identity, i == 0 ? "Leaf" : root ? "Root" : "Intermediate", chain.get(i), table);
        }
        for (JsonObject root : roots) {
            row(identity, "Root", root, table);
        }
    }

    private void row(JsonObject identity, String type, JsonObject certificate, Table table) {
        String notAfter = certificate.text("expirationTime");
        String notBefore = certificate.text("validFrom");
        table.row(
                identity.text("identity"),
                type,
                state(identity),
                Boolean.toString(isValid(notBefore, notAfter)),
                hexadecimal(certificate.text("serialNumber")),
                notAfter.isEmpty() ? NONE : notAfter,
                notBefore.isEmpty() ? NONE : notBefore);
    }

    /** The reason is left to the other formats. */
    private static String state(JsonObject identity) {
        String state = identity.text("state");
        return state.contains("Unavailable") ? "Unavailable" : state;
    }

    private boolean isValid(String notBefore, String notAfter) {
        try {
            Instant now = clock.instant();
            return now.isAfter(Instant.parse(notBefore)) && now.isBefore(Instant.parse(notAfter));
        } catch (DateTimeException e) {
            return false;
        }
    }

    private static String hexadecimal(String serial) {
        return DECIMAL.matcher(serial).matches() ? new BigInteger(serial).toString(16) : "<nil>";
    }
}
