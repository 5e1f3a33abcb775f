# A port of the Pod's localhost whose connections go out as lines of text, one at a time; see port_relay.py.
use strict;
use IO::Select;
use IO::Socket::INET;
$| = 1;
$SIG{PIPE} = 'IGNORE'; # a client that has gone ends its own connection, not this program
my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $ARGV[0], Listen => 8, ReuseAddr => 1)
  or die "port $ARGV[0]: $!\n";
print "listening\n";
my $rest = '';
while (my $client = $server->accept) {
  print "open\n";
  my $reading = IO::Select->new($client, \*STDIN);
  my $over = 0;
  until ($over) {
    for my $ready ($reading->can_read) {
      my $size = sysread($ready, my $data, 16384);
      if ($ready == $client) {
        print $size ? 'data ' . unpack('H*', $data) . "\n" : "shut\n";
        $reading->remove($client) unless $size;
      } else {
        exit unless $size;
        $rest .= $data;
        while ($rest =~ s/^(.*)\n//) {
          my $line = $1;
          if ($line eq 'shut') { $over = 1 } else { syswrite($client, pack('H*', substr($line, 5))) }
        }
      }
    }
  }
  close $client;
}
