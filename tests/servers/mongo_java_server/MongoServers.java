import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.HashMap;
import java.util.Map;

/** Servers of the MongoDB protocol for tests, each with a memory of its own. A line "new" on standard input starts
 *  one and is answered with its port; "stop PORT" ends it; the end of the input ends all. */
public final class MongoServers {
  public static void main(String[] arguments) throws Exception {
    Map<Integer, MongoServer> servers = new HashMap<>();
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      if (line.equals("new")) {
        MongoServer server = new MongoServer(new MemoryBackend());
        int port = server.bind().getPort();
        servers.put(port, server);
        System.out.println(port);
        System.out.flush();
      } else if (line.startsWith("stop ")) {
        MongoServer server = servers.remove(Integer.parseInt(line.substring(5)));
        if (server != null) server.shutdownNow();
      }
    }
    System.exit(0);
  }
}
