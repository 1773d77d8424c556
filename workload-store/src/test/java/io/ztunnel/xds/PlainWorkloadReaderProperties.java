package io.ztunnel.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UInt32Value;

import io.ztunnel.api.workload.Address;
import io.ztunnel.api.workload.ApplicationTunnel;
import io.ztunnel.api.workload.GatewayAddress;
import io.ztunnel.api.workload.Locality;
import io.ztunnel.api.workload.NamespacedHostname;
import io.ztunnel.api.workload.Port;
import io.ztunnel.api.workload.PortList;
import io.ztunnel.store.Workload;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import java.util.List;
import java.util.Random;

/** Against the decoder that reads protobuf messages. */
class PlainWorkloadReaderProperties {
    private static final List<String> TEXTS = List.of("", "a", "ns1", "c1//Pod/ns1/p", "größe");

    // Both keep what they have read before, so each try meets a table that is not empty.
    private static final WorkloadDecoder DECODER = new WorkloadDecoder(new FieldDecoder());
    private static final PlainWorkloadReader READER =
            new PlainWorkloadReader(new FieldDecoder(), DECODER);

    private static String text(Random random) {
        return random.nextInt(3) > 0
                ? "t" + random.nextInt(20)
                : TEXTS.get(random.nextInt(TEXTS.size()));
    }

    private static ByteString ip(Random random) {
        byte[] bytes = new byte[List.of(4, 4, 16, 5).get(random.nextInt(4))];
        random.nextBytes(bytes);
        return ByteString.copyFrom(bytes);
    }

    private static PortList ports(Random random) {
        PortList.Builder ports = PortList.newBuilder();
        for (int i = random.nextInt(3); i > 0; i--) {
            ports.addPorts(Port.newBuilder().setServicePort(80 + i).setTargetPort(i));
        }
        return ports.build();
    }

    private static GatewayAddress gateway(Random random) {
        GatewayAddress.Builder gateway =
                GatewayAddress.newBuilder().setHboneMtlsPort(random.nextInt(2));
        if (random.nextInt(4) > 0) {
            gateway.setHostname(
                    NamespacedHostname.newBuilder()
                            .setNamespace(text(random))
                            .setHostname(text(random)));
        }
        return gateway.build();
    }

    private static io.ztunnel.api.workload.Workload workload(Random random) {
        io.ztunnel.api.workload.Workload.Builder wire =
                io.ztunnel.api.workload.Workload.newBuilder();
        for (int i = random.nextInt(30); i > 0; i--) {
            switch (random.nextInt(26)) {
                case 0 -> wire.setName(text(random));
                case 1 -> wire.setNamespace(text(random));
                case 2 -> wire.addAddresses(ip(random));
                case 3 -> wire.setNetwork(text(random));
                case 4 -> wire.setTunnelProtocolValue(random.nextInt(4) - 1);
                case 5 -> wire.setTrustDomain(text(random));
                case 6 -> wire.setServiceAccount(text(random));
                case 7 -> wire.setWaypoint(gateway(random));
                case 8 -> wire.setNode(text(random));
                case 9 -> wire.setCanonicalName(text(random));
                case 10 -> wire.setCanonicalRevision(text(random));
                case 11 -> wire.setWorkloadTypeValue(random.nextInt(5));
                case 12 -> wire.setWorkloadName(text(random));
                case 13 -> wire.setNativeTunnel(random.nextBoolean());
                case 14 -> wire.setStatusValue(random.nextInt(3));
                case 15 -> wire.setClusterId(text(random));
                case 16 -> wire.setUid(text(random));
                case 17 -> wire.setHostname(text(random));
                case 18, 19 -> wire.putServices(text(random) + "/" + text(random), ports(random));
                case 20 -> wire.setLocality(Locality.newBuilder().setRegion(text(random)));
                case 21 -> wire.setNetworkModeValue(random.nextInt(3));
                case 22 -> wire.addAuthorizationPolicies(text(random));
                case 23 -> wire.setCapacity(UInt32Value.of(random.nextInt(3)));
                case 24 -> wire.putServices(text(random), ports(random));
                default ->
                        wire.setApplicationTunnel(
                                ApplicationTunnel.newBuilder()
                                        .setProtocol(ApplicationTunnel.Protocol.PROXY));
            }
        }
        return wire.build();
    }

    /** What it reads, the decoder reads alike; the decoder's refusals it never reads. */
    private static void check(String name, byte[] bytes) {
        Workload plain = READER.read(name, bytes);
        if (plain == null) {
            return;
        }
        try {
            Address address = Address.parseFrom(bytes);
            assertThat(address.hasWorkload()).isTrue();
            assertThat(plain).isEqualTo(DECODER.decode(name, address.getWorkload()));
        } catch (InvalidProtocolBufferException | InvalidResourceException refused) {
            throw new AssertionError("read what is refused: " + plain, refused);
        }
    }

    @Property(tries = 4_000)
    void readsAlike(@ForAll Random random) {
        byte[] bytes = Address.newBuilder().setWorkload(workload(random)).build().toByteArray();

        check(text(random), bytes);
    }

    @Property(tries = 4_000)
    void readsNothingIntoBrokenBytes(@ForAll Random random) {
        byte[] first = Address.newBuilder().setWorkload(workload(random)).build().toByteArray();
        byte[] bytes = java.util.Arrays.copyOf(first, random.nextInt(first.length + 3));
        for (int i = random.nextInt(4); i > 0 && bytes.length > 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }

        check(text(random), bytes);
    }

    @Example
    void aPodOfADeploymentIsPlain() {
        io.ztunnel.api.workload.Workload.Builder pod =
                WireFixture.pod("p")
                        .setWaypoint(gateway(new Random(1)).toBuilder().setHboneMtlsPort(15008))
                        .setLocality(Locality.newBuilder().setRegion("r1").setZone("z1"))
                        .putServices("ns1/s", PortList.getDefaultInstance());
        if (!pod.getWaypoint().hasHostname()) {
            pod.clearWaypoint();
        }

        Workload read =
                READER.read(
                        pod.getUid(), Address.newBuilder().setWorkload(pod).build().toByteArray());

        assertThat(read).isNotNull();
        assertThat(read.uid()).isEqualTo(pod.getUid());
        assertThat(read.services()).hasSize(1);
        assertThat(read.locality().zone()).isEqualTo("z1");
    }
}
