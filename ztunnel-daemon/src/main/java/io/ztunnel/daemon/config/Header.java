package io.ztunnel.daemon.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A further header for the control plane; the value may be a secret and is not printed. */
public record Header(String name, String value) {

    static List<Header> fromEnvironment(Environment env, String prefix) {
        List<Header> headers = new ArrayList<>();
        for (Map.Entry<String, String> variable : env.withPrefix(prefix).entrySet()) {
            String name = variable.getKey().toLowerCase(Locale.ROOT);
            if (!isToken(name) || name.endsWith("-bin")) {
                throw ConfigException.invalid(
                        prefix + variable.getKey(),
                        "\"" + name + "\" is no header name, expected letters, digits and -_.");
            }
            if (!variable.getValue().chars().allMatch(c -> c >= ' ' && c <= '~')) {
                throw ConfigException.invalid(
                        prefix + variable.getKey(),
                        "the value is not valid, expected printable ASCII");
            }
            headers.add(new Header(name, variable.getValue()));
        }
        return List.copyOf(headers);
    }

    /** What gRPC allows as a metadata name. */
    private static boolean isToken(String name) {
        return name.chars()
                .allMatch(
                        c ->
                                (c >= 'a' && c <= 'z')
                                        || (c >= '0' && c <= '9')
                                        || c == '-'
                                        || c == '_'
                                        || c == '.');
    }

    @Override
    public String toString() {
        return name + ": ***";
    }
}
