package io.ztunnel.daemon.dns;

import io.ztunnel.store.IpAddress;

import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

import java.util.List;

/** Names that no name server may be asked for, RFC 6761 and RFC 7686. Pure. */
final class ReservedNames {
    private static final Name LOCALHOST = Name.fromConstantString("localhost.");
    private static final List<Name> LOOPBACK =
            List.of(
                    Name.fromConstantString("127.in-addr.arpa."),
                    Name.fromConstantString("1" + ".0".repeat(31) + ".ip6.arpa."));
    private static final List<Name> NOWHERE =
            List.of(Name.fromConstantString("invalid."), Name.fromConstantString("onion."));
    private static final long TTL_SECONDS = 86_400;
    private static final Answer NO_SUCH_RECORDS = new Answer.Failure(Rcode.NOERROR);
    private static final Answer NO_SUCH_NAME = new Answer.Failure(Rcode.NXDOMAIN);

    private ReservedNames() {}

    /**
     * @return null for names that are not reserved
     */
    static @Nullable Answer answer(Question question) {
        Name name = question.name();
        if (NOWHERE.stream().anyMatch(name::subdomain)) {
            return NO_SUCH_NAME;
        }
        if (name.subdomain(LOCALHOST)) {
            return switch (question.type()) {
                case Type.A -> address(name, "127.0.0.1");
                case Type.AAAA -> address(name, "::1");
                default -> NO_SUCH_RECORDS;
            };
        }
        if (LOOPBACK.stream().anyMatch(name::subdomain)) {
            return question.type() == Type.PTR
                    ? new Answer.Records(
                            false,
                            List.of(new PTRRecord(name, DClass.IN, TTL_SECONDS, LOCALHOST)),
                            List.of())
                    : NO_SUCH_RECORDS;
        }
        return null;
    }

    private static Answer address(Name name, String ip) {
        return new Answer.Records(
                false,
                List.of(AddressRecords.of(name, TTL_SECONDS, IpAddress.parse(ip))),
                List.of());
    }
}
