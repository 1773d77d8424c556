package io.ztunnel.xds;

import com.google.protobuf.InvalidProtocolBufferException;

import io.ztunnel.store.GatewayAddress;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.NamespacedHostname;
import io.ztunnel.store.PortMap;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Reads an Address that holds a workload like most, from its bytes to the record in one pass. A
 * mesh has many of them and they differ in little, so pieces that were seen before are not read
 * again. Whatever is not plain, a mistake included, is left to {@link WorkloadDecoder}: what this
 * class reads, that one reads alike.
 */
final class PlainWorkloadReader {
    private static final int DELIMITED = 2;
    private static final int ADDRESS_WORKLOAD = 1 << 3 | DELIMITED;

    private static final Workload.NetworkMode[] NETWORK_MODES = Workload.NetworkMode.values();
    private static final Workload.Protocol[] PROTOCOLS = Workload.Protocol.values();
    private static final Workload.Health[] HEALTH = Workload.Health.values();

    private final SliceTable<String> texts;
    private final SliceTable<Map<NamespacedHostname, PortMap>> services;
    private final SliceTable<Workload.Locality> localities;
    private final SliceTable<GatewayAddress> waypoints;

    /** Something that is not plain; carries nothing. */
    private static final class NotPlain extends Exception {
        private static final long serialVersionUID = 1;

        NotPlain() {
            super("not plain", null, false, false);
        }
    }

    /** The tables read what they see first with the decoder, each a workload of one field. */
    PlainWorkloadReader(FieldDecoder fields, WorkloadDecoder decoder) {
        texts = new SliceTable<>(bytes -> isAscii(bytes) ? fields.shared(ascii(bytes)) : null);
        services = new SliceTable<>(bytes -> field(decoder, bytes, Workload::services));
        localities = new SliceTable<>(bytes -> field(decoder, bytes, Workload::locality));
        waypoints = new SliceTable<>(bytes -> field(decoder, bytes, Workload::waypoint));
    }

    private interface Field<T> {
        @Nullable T of(Workload workload);
    }

    private static <T> @Nullable T field(WorkloadDecoder decoder, byte[] bytes, Field<T> field) {
        try {
            return field.of(decoder.decode("", io.ztunnel.api.workload.Workload.parseFrom(bytes)));
        } catch (InvalidResourceException | InvalidProtocolBufferException notPlain) {
            return null;
        }
    }

    /** Null when the address is not plain. */
    @Nullable Workload read(String resourceName, byte[] address) {
        try {
            return new Pass(address).read(resourceName);
        } catch (NotPlain notPlain) {
            return null;
        }
    }

    private static boolean isAscii(byte[] bytes) {
        for (byte b : bytes) {
            if (b < 0) {
                return false;
            }
        }
        return true;
    }

    private static String ascii(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private final class Pass {
        private final byte[] bytes;
        private int at;

        private String uid = "";
        private String name = "";
        private String namespace = "";
        private String trustDomain = "";
        private String serviceAccount = "";
        private String network = "";
        private String node = "";
        private String clusterId = "";
        private String canonicalName = "";
        private String canonicalRevision = "";
        private String workloadName = "";
        private String hostname = "";
        private List<IpAddress> addresses = List.of();
        private int protocol;
        private int type;
        private int status;
        private int networkMode;
        private int nativeTunnel;
        private @Nullable Map<NamespacedHostname, PortMap> service;
        private Workload.@Nullable Locality locality;
        private @Nullable GatewayAddress waypoint;

        Pass(byte[] bytes) {
            this.bytes = bytes;
        }

        Workload read(String resourceName) throws NotPlain {
            if (varint() != ADDRESS_WORKLOAD || varint() != bytes.length - at) {
                throw new NotPlain();
            }
            while (at < bytes.length) {
                int start = at;
                field(start, varint(), resourceName);
            }
            return new Workload(
                    uid,
                    name,
                    namespace,
                    trustDomain.isEmpty() ? WorkloadDecoder.DEFAULT_TRUST_DOMAIN : trustDomain,
                    serviceAccount.isEmpty()
                            ? WorkloadDecoder.DEFAULT_SERVICE_ACCOUNT
                            : serviceAccount,
                    addresses,
                    network,
                    oneOf(NETWORK_MODES, networkMode),
                    oneOf(PROTOCOLS, protocol),
                    nativeTunnel != 0,
                    waypoint,
                    null,
                    null,
                    node,
                    clusterId.isEmpty() ? WorkloadDecoder.DEFAULT_CLUSTER : clusterId,
                    canonicalName,
                    canonicalRevision,
                    oneOf(WorkloadDecoder.TYPES, type),
                    workloadName,
                    hostname,
                    oneOf(HEALTH, status),
                    locality == null ? Workload.Locality.NONE : locality,
                    List.of(),
                    service == null ? Map.of() : service,
                    1);
        }

        private void field(int start, int tag, String resourceName) throws NotPlain {
            switch (tag) {
                case 1 << 3 | DELIMITED -> name = text();
                case 2 << 3 | DELIMITED -> namespace = sharedText();
                case 3 << 3 | DELIMITED -> address();
                case 4 << 3 | DELIMITED -> network = sharedText();
                case 5 << 3 -> protocol = varint();
                case 6 << 3 | DELIMITED -> trustDomain = sharedText();
                case 7 << 3 | DELIMITED -> serviceAccount = sharedText();
                case 8 << 3 | DELIMITED -> waypoint = once(waypoint, waypoints, start);
                case 9 << 3 | DELIMITED -> node = sharedText();
                case 10 << 3 | DELIMITED -> canonicalName = sharedText();
                case 11 << 3 | DELIMITED -> canonicalRevision = sharedText();
                case 12 << 3 -> type = varint();
                case 13 << 3 | DELIMITED -> workloadName = sharedText();
                case 14 << 3 -> nativeTunnel = varint();
                case 17 << 3 -> status = varint();
                case 18 << 3 | DELIMITED -> clusterId = sharedText();
                case 20 << 3 | DELIMITED -> {
                    String read = text();
                    uid = read.equals(resourceName) ? resourceName : read;
                }
                case 21 << 3 | DELIMITED -> hostname = sharedText();
                case 22 << 3 | DELIMITED -> service = once(service, services, start);
                case 24 << 3 | DELIMITED -> locality = once(locality, localities, start);
                case 25 << 3 -> networkMode = varint();
                default -> throw new NotPlain();
            }
        }

        private <T> T once(@Nullable T before, SliceTable<T> table, int start) throws NotPlain {
            int end = end();
            T value = before != null ? null : table.get(bytes, start, end);
            at = end;
            if (value == null) {
                throw new NotPlain();
            }
            return value;
        }

        private String sharedText() throws NotPlain {
            int end = end();
            String text = end == at ? "" : texts.get(bytes, at, end);
            at = end;
            if (text == null) {
                throw new NotPlain();
            }
            return text;
        }

        private String text() throws NotPlain {
            int end = end();
            for (int i = at; i < end; i++) {
                if (bytes[i] < 0) {
                    throw new NotPlain();
                }
            }
            String text = new String(bytes, at, end - at, StandardCharsets.ISO_8859_1);
            at = end;
            return text;
        }

        private void address() throws NotPlain {
            int end = end();
            if (end - at != 4 && end - at != 16) {
                throw new NotPlain();
            }
            IpAddress ip = IpAddress.of(Arrays.copyOfRange(bytes, at, end));
            at = end;
            if (addresses.isEmpty()) {
                addresses = List.of(ip);
            } else {
                List<IpAddress> more = new ArrayList<>(addresses);
                more.add(ip);
                addresses = List.copyOf(more);
            }
        }

        /** Where a delimited field ends that begins here with its length. */
        private int end() throws NotPlain {
            int length = varint();
            if (length > bytes.length - at) {
                throw new NotPlain();
            }
            return at + length;
        }

        /** Not negative, and no longer than it has to be at most. */
        private int varint() throws NotPlain {
            long value = 0;
            for (int shift = 0; shift < 35 && at < bytes.length; shift += 7) {
                byte next = bytes[at++];
                value |= (long) (next & 0x7f) << shift;
                if (next >= 0) {
                    if (value > Integer.MAX_VALUE) {
                        throw new NotPlain();
                    }
                    return (int) value;
                }
            }
            throw new NotPlain();
        }
    }

    private static <T> T oneOf(T[] values, int number) throws NotPlain {
        if (number >= values.length) {
            throw new NotPlain();
        }
        return values[number];
    }
}
