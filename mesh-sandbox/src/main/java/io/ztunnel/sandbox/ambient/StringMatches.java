package io.ztunnel.sandbox.ambient;

import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;

import io.ztunnel.api.security.Address;
import io.ztunnel.api.security.ServiceAccountMatch;
import io.ztunnel.api.security.StringMatch;
import io.ztunnel.sandbox.manifest.IpLiteral;

import java.util.List;
import java.util.Optional;

/** Values of a policy in the form that ztunnel compares. */
final class StringMatches {
    private StringMatches() {}

    static List<StringMatch> strings(List<String> values) {
        return values.stream().map(StringMatches::string).toList();
    }

    static StringMatch presence() {
        return StringMatch.newBuilder().setPresence(Empty.getDefaultInstance()).build();
    }

    /** What does not parse is left out, as istiod does. */
    static List<Address> addresses(List<String> values) {
        return values.stream().flatMap(value -> address(value).stream()).toList();
    }

    /** What is no port is left out, as istiod does. */
    static List<Integer> ports(List<String> values) {
        return values.stream().flatMap(value -> Ports.parse(value).stream()).toList();
    }

    /** {@code namespace/name}, or a name in the policy's own namespace. */
    static List<ServiceAccountMatch> serviceAccounts(List<String> values, String namespace) {
        return values.stream()
                .map(
                        value -> {
                            int slash = value.indexOf('/');
                            return ServiceAccountMatch.newBuilder()
                                    .setNamespace(slash < 0 ? namespace : value.substring(0, slash))
                                    .setServiceAccount(value.substring(slash + 1))
                                    .build();
                        })
                .toList();
    }

    private static StringMatch string(String value) {
        if (value.equals("*")) {
            return presence();
        }
        StringMatch.Builder match = StringMatch.newBuilder();
        if (value.startsWith("*")) {
            return match.setSuffix(value.substring(1)).build();
        }
        return value.endsWith("*")
                ? match.setPrefix(value.substring(0, value.length() - 1)).build()
                : match.setExact(value).build();
    }

    /** Host bits stay as they are written. */
    private static Optional<Address> address(String value) {
        int slash = value.indexOf('/');
        Optional<byte[]> bytes = IpLiteral.parse(slash < 0 ? value : value.substring(0, slash));
        if (bytes.isEmpty()) {
            return Optional.empty();
        }
        int bits = bytes.get().length * 8;
        Optional<Integer> length =
                slash < 0 ? Optional.of(bits) : Ports.parse(value.substring(slash + 1));
        return length.filter(l -> l <= bits)
                .map(
                        l ->
                                Address.newBuilder()
                                        .setAddress(ByteString.copyFrom(bytes.get()))
                                        .setLength(l)
                                        .build());
    }
}
